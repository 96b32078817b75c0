#pragma once

#include "core/agents/new_turn.hpp"
#include "core/agents/session_lanes.hpp"
#include "core/agents/turn.hpp"
#include "core/events/event.hpp"
#include "core/runs/live_runs.hpp"
#include "core/runtime/context.hpp"
#include "core/runtime/task_scope.hpp"

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
/// Threads  any strand. Errors  NotFound, InvalidArgument, TooLarge, WrongState (bot not to be talked to, run
/// already ended), RateLimited (too many turns wait), Unavailable (draining).
class TurnService {
public:
    TurnService(TurnPorts ports, Executor executor, TaskScope& scope);

    /// Says something. Answers the run as it was queued, or, for a repeated idempotency key, the first run.
    Task<Result<Run>> say(std::string session, Said said, CallContext context);

    Task<Result<Run>> get(std::string run);
    Task<Result<Page<Run>>> list(std::string bot, std::string session, std::optional<RunState> state,
                                 PageRequest page);

    /// Ends a run that has not ended and answers it in its final state.
    Task<Result<Run>> cancel(std::string run, CallContext context);

    /// The run's events above `after`, live or from the journal.
    Task<Result<RunEventReader>> events(std::string run, std::uint32_t after);

    /// The message the run ended with. An error of the run is returned as that error.
    Task<Result<Message>> answer(std::string run, CallContext context);

    /// Listens to what happens to bots: the runs of one that is stopped or deleted are cancelled.
    void on_event(const Event& event);

    /// Takes up the runs that a crash left. Called once, before serving.
    Task<Result<int>> recover(std::string owner);

    /// New turns are refused from now on.
    void drain() noexcept;

    std::size_t active() const noexcept;

private:
    enum class Lane { Held, None };

    struct Beginning;

    Result<TurnBegin> decide_turn(Beginning& beginning, TurnBegin turn, const Bot& bot);
    void leave_unbegun(const LiveRun& live);
    void give_up(const Beginning& beginning);
    Task<Status> adopt(RunId id);
    void take_up(std::shared_ptr<LiveRun> live);
    void admit(const std::shared_ptr<LiveRun>& live, std::optional<TurnInput> input);
    Task<Result<bool>> takes_turns(BotId bot);
    void start(std::shared_ptr<LiveRun> live, Lane lane, std::optional<TurnInput> input = std::nullopt);
    Task<Status> execute(std::shared_ptr<LiveRun> live, Lane lane, std::optional<TurnInput> input);
    Task<Result<Run>> final_state(RunId run, std::shared_ptr<LiveRun> live, CallContext context);
    void cancel_live(const std::shared_ptr<LiveRun>& live);
    Run as_it_stands(Run run) const;

    TurnPorts ports_;
    Executor executor_;
    TaskScope& scope_;
    LiveRuns live_;
    SessionLanes lanes_;
    std::atomic<bool> draining_{false};
};

}  // namespace boternity::core
