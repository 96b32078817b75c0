#pragma once

#include "core/agents/new_turn.hpp"
#include "core/agents/run_scheduler.hpp"
#include "core/agents/run_service.hpp"
#include "core/runtime/context.hpp"

#include <string>
#include <vector>

namespace boternity::core {

/// What a person says.
struct Said {
    std::string text{};
    std::vector<std::string> attachments{};  ///< ids
};

/// Chat turns: from a person's message to the bot's answer, as a run.
///
/// The message and its run are durable before `say` returns; the turn then runs by itself, whoever listens.
/// Turns of one session run one after the other, those of different sessions side by side.
///
/// Threads  any strand. Errors  NotFound, InvalidArgument, TooLarge, WrongState (bot not to be talked to),
/// RateLimited (too many turns wait), Unavailable (draining).
class TurnService {
public:
    TurnService(RunPorts ports, RunScheduler& scheduler, RunService& runs)
        : ports_(ports), scheduler_(scheduler), runs_(runs) {}

    /// Says something. Answers the run as it was queued, or, for a repeated idempotency key, the first run.
    Task<Result<Run>> say(std::string session, Said said, CallContext context);

    /// The message the run ended with. An error of the run is returned as that error.
    Task<Result<Message>> answer(std::string run, CallContext context);

private:
    struct Beginning;

    Result<TurnBegin> decide_turn(Beginning& beginning, TurnBegin turn, const Bot& bot);

    RunPorts ports_;
    RunScheduler& scheduler_;
    RunService& runs_;
};

}  // namespace boternity::core
