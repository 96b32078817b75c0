#pragma once

#include "core/events/event.hpp"
#include "core/ports/receipts.hpp"
#include "core/runs/run.hpp"
#include "core/runtime/task.hpp"
#include "types/page.hpp"
#include "types/result.hpp"

#include <optional>
#include <string>
#include <vector>

namespace boternity::core {

/// A turn as it begins: the person's message, the run that answers it, and the first step as intended.
struct TurnBegin {
    Run run{};
    Message message{};  ///< its position and the run's input_position are given by the store
    Step step{};
    std::string title{};  ///< for the session when it has none
    Events events{};
    /// When set, the bot is moved to this state in the same transaction (a first message starts a bot).
    std::optional<Bot> bot_update{};
};

/// A turn as it ends: the run in its final state, its step as done or failed, and what was said, if anything.
struct TurnEnd {
    Run run{};
    Step step{};
    std::optional<Message> message{};  ///< its position is given by the store
    Events events{};
};

/// Which runs are wanted; what is not set is not looked at.
struct RunFilter {
    std::optional<BotId> bot{};
    std::optional<SessionId> session{};
    std::optional<RunState> state{};
};

/// The journal: runs and their steps. The one truth from which resume, streams, cost and audit are made.
///
/// Threads, atomicity and errors as BotStore.
class RunJournal {
public:
    virtual ~RunJournal() = default;

    /// NotFound when the session is gone. Subject: the run's id.
    virtual Task<Result<Receipt>> begin(TurnBegin turn, Mutation mutation) = 0;

    /// WrongState when the run has already ended or another attempt holds it; then nothing is changed.
    virtual Task<Result<Message>> end(TurnEnd turn) = 0;

    virtual Task<Result<Run>> find(RunId id) = 0;
    virtual Task<Result<Page<Run>>> list(RunFilter filter, PageRequest page) = 0;
    virtual Task<Result<std::vector<Step>>> steps(RunId run) = 0;

    /// Takes over every run that has not ended and whose lease has run out or was held by `owner`'s
    /// predecessor: state running, attempt + 1. Oldest first. Called once at start, before serving.
    virtual Task<Result<std::vector<Run>>> claim_unfinished(std::string owner, Timestamp now) = 0;
};

}  // namespace boternity::core
