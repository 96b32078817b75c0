#pragma once

#include "core/agents/fork.hpp"
#include "core/agents/run_scheduler.hpp"
#include "core/agents/run_service.hpp"
#include "core/runtime/context.hpp"

#include <string>

namespace boternity::core {

/// Forks: a turn done again from one of its steps on, with another soul, model or message. A fork is a run
/// beside the conversation: it says nothing in the session and changes nothing of its original.
///
/// Threads  any strand. Errors  NotFound (run, bot, soul), InvalidArgument, TooLarge, WrongState (see
/// fork_of; a bot that is not to be talked to), RateLimited (too many forks under way), Unavailable
/// (draining).
class ForkService {
public:
    ForkService(RunPorts ports, SoulStore& souls, RunScheduler& scheduler, RunService& runs)
        : ports_(ports), souls_(souls), scheduler_(scheduler), runs_(runs) {}

    /// Forks a turn or a fork. The fork is durable when this returns, and then runs by itself. Answers it as
    /// it was queued, or, for a repeated idempotency key, the first one as it stands.
    Task<Result<Run>> begin(std::string run, ForkWish wish, CallContext context);

private:
    struct Beginning;

    Task<Status> check_parts(Run original, ForkWish wish);
    Result<ForkBegin> decide_fork(Beginning& beginning, ForkBegin fork);

    RunPorts ports_;
    SoulStore& souls_;
    RunScheduler& scheduler_;
    RunService& runs_;
};

}  // namespace boternity::core
