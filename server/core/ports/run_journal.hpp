#pragma once

#include "core/events/event.hpp"
#include "core/ports/attachment_store.hpp"
#include "core/ports/receipts.hpp"
#include "core/runs/run.hpp"
#include "core/runtime/task.hpp"
#include "core/sessions/session.hpp"
#include "types/page.hpp"
#include "types/result.hpp"

#include <functional>
#include <map>
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

/// What a turn is begun from, as it is in the transaction that begins it.
struct TurnGround {
    Session session{};
    Bot bot{};
};

/// Decides how a turn begins. Called on a thread of the store inside its transaction, perhaps more than once:
/// it is quick, waits for nothing and decides the same for the same ground. Its error undoes the transaction.
using DecideTurn = std::function<Result<TurnBegin>(const TurnGround& ground)>;

/// How much of the conversation is read along when a turn begins: all of it, or nothing when it is more.
struct ReadAhead {
    int messages = 0;
    std::size_t bytes = 0;  ///< of text
};

/// What a turn's prompt is made of, read in one state of the store.
struct TurnInput {
    Run run{};
    std::string soul{};  ///< the text of the run's soul version
    Message message{};   ///< the one that is answered
    /// What was said in the turns before it, turn by turn: the newest that fit the wanted bytes of text.
    std::vector<Message> history{};
    int history_total = 0;  ///< how many were said in those turns in all
    /// The attached files that the model is to be given, by their hash. Not read by the journal.
    std::map<std::string, FileBytes, std::less<>> files{};
};

/// A turn that was begun, now or by an earlier request of the same key.
struct TurnBegun {
    Receipt receipt{};                 ///< its subject is the run's id
    std::optional<TurnInput> input{};  ///< when it was begun now and the conversation was read along
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

    /// Begins a turn as `decide` says. NotFound when the session or its bot is gone. `decide` is not asked
    /// when there is a receipt for the mutation.
    virtual Task<Result<TurnBegun>> begin(SessionId session, DecideTurn decide, ReadAhead read_ahead,
                                          Mutation mutation) = 0;

    /// `history_bytes` bounds the text of the history.
    virtual Task<Result<TurnInput>> input(RunId run, std::size_t history_bytes) = 0;

    /// WrongState when the run has already ended or another attempt holds it; then nothing is changed.
    virtual Task<Result<Message>> end(TurnEnd turn) = 0;

    virtual Task<Result<Run>> find(RunId id) = 0;
    virtual Task<Result<Page<Run>>> list(RunFilter filter, PageRequest page) = 0;
    virtual Task<Result<std::vector<Step>>> steps(RunId run) = 0;

    /// Takes over every run that has not ended and whose lease has run out or was held by `owner`'s
    /// predecessor: attempt + 1. Those of a session in the order of their messages. Called once at start,
    /// before serving.
    virtual Task<Result<std::vector<Run>>> claim_unfinished(std::string owner, Timestamp now) = 0;
};

}  // namespace boternity::core
