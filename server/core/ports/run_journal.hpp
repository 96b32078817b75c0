#pragma once

#include "core/events/event.hpp"
#include "core/ports/receipts.hpp"
#include "core/ports/run_records.hpp"
#include "core/runs/run.hpp"
#include "core/runs/step.hpp"
#include "core/runs/workspace.hpp"
#include "core/runtime/task.hpp"
#include "core/sessions/session.hpp"
#include "types/result.hpp"

#include <functional>
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

/// A fork as it begins, beside the conversation: nothing is said in the session.
struct ForkBegin {
    Run run{};
    std::vector<Step> steps{};  ///< the copies, and the first of its own as intended
    /// What was written by then to the original's workspace stands in the fork's.
    Timestamp workspace_until{};
    Events events{};
    std::optional<Bot> bot_update{};  ///< as of TurnBegin
};

/// What a run is forked from, as it is in the transaction that begins the fork.
struct ForkGround {
    Run run{};
    std::vector<Step> steps{};
    Bot bot{};
};

/// Decides how a fork begins; as DecideTurn.
using DecideFork = std::function<Result<ForkBegin>(const ForkGround& ground)>;

/// Decides how a turn begins. Called on a thread of the store inside its transaction, perhaps more than once:
/// it is quick, waits for nothing and decides the same for the same ground. Its error undoes the transaction.
using DecideTurn = std::function<Result<TurnBegin>(const TurnGround& ground)>;

/// How much of the conversation is read along when a turn begins: all of it, or nothing when it is more.
struct ReadAhead {
    int messages = 0;
    std::size_t bytes = 0;  ///< of text
};

/// A turn that was begun, now or by an earlier request of the same key.
struct TurnBegun {
    Receipt receipt{};                ///< its subject is the run's id
    std::optional<RunInput> input{};  ///< when it was begun now and the conversation was read along
};

/// An agent as it begins: its run and the first step as intended.
struct AgentBegin {
    Run run{};
    Step step{};
};

/// A message to a run that one of its steps took.
struct Taken {
    int position = 0;  ///< of the message
    int step = 0;
};

/// What moves a run on: all of it in one transaction, or nothing.
struct RunAppend {
    RunId run{};
    int attempt = 1;                  ///< as its writer holds it
    std::vector<Step> steps{};        ///< new ones, and those that are there as they are now
    std::optional<RunState> state{};  ///< Running or Waiting, when it changes
    std::vector<AgentBegin> agents{};
    std::vector<AgentMessage> sent{};
    std::vector<Taken> taken{};
    std::vector<WorkspaceEntry> written{};
    Events events{};
};

/// A run as it ends: in its final state, with its last steps, and with what it came to for whoever asked.
struct RunEnd {
    Run run{};
    std::vector<Step> steps{};
    std::optional<Message> message{};      ///< of a turn; its position is given by the store
    std::optional<AgentMessage> result{};  ///< of an agent, to its parent
    Events events{};
};

/// A person's answer to a decision that a run waits for.
struct Decided {
    RunId run{};
    int step = 0;
    DecisionOutput output{};
    Timestamp at{};
    Events events{};
};

/// The journal: where runs and their steps are written. The one truth from which resume, streams, cost and
/// audit are made.
///
/// Threads, atomicity and errors as BotStore. Whoever writes holds the run: when another attempt has taken it
/// over, or when it has ended, `append` and `end` answer WrongState and change nothing.
class RunJournal {
public:
    virtual ~RunJournal() = default;

    /// Begins a turn as `decide` says. NotFound when the session or its bot is gone. `decide` is not asked
    /// when there is a receipt for the mutation.
    virtual Task<Result<TurnBegun>> begin(SessionId session, DecideTurn decide, ReadAhead read_ahead,
                                          Mutation mutation) = 0;

    /// Begins a fork of `original` as `decide` says. The receipt's subject is the fork's id. NotFound when
    /// the run or its bot is gone. `decide` is not asked when there is a receipt for the mutation.
    virtual Task<Result<Receipt>> begin_fork(RunId original, DecideFork decide, Mutation mutation) = 0;

    /// StaleEtag when an entry for the workspace was made from a version that is not the newest; then nothing
    /// is changed. A message to a run that has ended is kept and never read. RateLimited when the reader of a
    /// Text has kMaxUnread of them before it.
    virtual Task<Status> append(RunAppend moved) = 0;

    /// Answers the message of a turn with its position.
    virtual Task<Result<Message>> end(RunEnd ended) = 0;

    /// Answers a decision and the step as it then is. WrongState when it was answered already, unless by this
    /// very mutation; NotFound when the run has no such decision.
    virtual Task<Result<Step>> decide(Decided decided, Mutation mutation) = 0;

    /// Messages of kind Text that may wait for one run.
    static constexpr int kMaxUnread = 64;
};

}  // namespace boternity::core
