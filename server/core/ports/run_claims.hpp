#pragma once

#include "core/events/event.hpp"
#include "core/runs/run.hpp"
#include "core/runtime/task.hpp"
#include "types/result.hpp"
#include "types/time.hpp"

#include <string>
#include <vector>

namespace boternity::core {

/// Who executes which run. A claim raises the run's attempt, and with it shuts out whoever held it before.
///
/// Threads, atomicity and errors as BotStore.
class RunClaims {
public:
    virtual ~RunClaims() = default;

    /// Takes over every run that has not ended: attempt + 1, and one crash more for those that were held by a
    /// process that did not give them back, unless they only waited for a person. A run under suspicion
    /// (kSuspect crashes) that had not begun again is spared. Those of a session in the order of their
    /// messages, parents before their agents. What begins from now on is held by `owner`.
    virtual Task<Result<std::vector<Run>>> claim_unfinished(std::string owner, Timestamp now) = 0;

    /// Takes over a run that has failed: it goes on behind its last done step. WrongState when it has not
    /// ended, or has ended otherwise.
    virtual Task<Result<Run>> reopen(RunId run, Timestamp now, Events events) = 0;

    /// Gives back all that `owner` holds: a clean end, after which nothing counts as a crash.
    virtual Task<Status> release(std::string owner) = 0;

    /// With so many crashes in a row a run is executed alone, so that the next crash tells whose fault it is.
    static constexpr int kSuspect = 2;
};

}  // namespace boternity::core
