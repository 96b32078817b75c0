#pragma once

#include "core/agents/run_execution.hpp"
#include "core/agents/run_ports.hpp"
#include "core/agents/session_lanes.hpp"
#include "core/events/event.hpp"
#include "core/runs/live_runs.hpp"
#include "core/runtime/task_scope.hpp"

#include <atomic>
#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace boternity::core {

/// Executes runs: turns of one session one after the other, all else side by side.
///
/// Threads  any.
class RunScheduler final : public RunHost {
public:
    /// Forks of one bot at a time.
    static constexpr std::size_t kMaxForks = 16;

    RunScheduler(RunPorts ports, Executor executor, TaskScope& scope);

    /// A turn that is about to begin takes its place: from inside the transaction that begins it, so that
    /// lane and journal have one order, and that there is no moment in which a committed run has no place to
    /// be read. True when nobody is before it. RateLimited when too many wait. A fork stands beside the
    /// lanes; RateLimited when its bot has kMaxForks under way.
    Result<bool> join(const std::shared_ptr<LiveRun>& live);

    /// It was not begun.
    void abandon(const LiveRun& live);

    /// Nobody knows yet whether it was begun: it is looked up until that is known, and executed if so.
    void abandon_and_look(const LiveRun& live);

    /// It is durable: executed now, or when all before it have ended.
    void admit(const std::shared_ptr<LiveRun>& live, std::optional<RunInput> input);

    std::shared_ptr<LiveRun> make(Run run) const {
        return std::make_shared<LiveRun>(std::move(run), executor_);
    }

    /// Takes up the runs that the end of a server left. Called once, before serving.
    Task<Result<int>> recover(std::string owner);

    /// Executes a run that was claimed.
    void take_up(Run run);

    /// Ends a run and all below it. It writes its end by itself.
    void cancel(const std::shared_ptr<LiveRun>& live);

    /// Listens to what happens to bots: the runs of one that is stopped or deleted are cancelled.
    void on_event(const Event& event);

    std::shared_ptr<LiveRun> find(RunId run) const { return live_.find(run); }
    std::size_t active() const { return live_.size(); }
    /// Those that do something now, and do not only wait for people or for other runs.
    std::size_t moving() const { return live_.moving(); }

    /// New turns are refused from now on.
    void drain() noexcept { draining_.store(true); }
    bool draining() const noexcept { return draining_.load(); }

    /// After the last of them has ended or was left: what is left does not count as a crash.
    Task<Status> release();

    void begin(Run agent) override;
    void attend(RunId run) override;
    void stop(RunId run) override;
    void stop_below(const Run& run) override;

private:
    enum class Lane { Held, None };

    void start(std::shared_ptr<LiveRun> live, Lane lane, std::optional<RunInput> input = std::nullopt);
    Task<Status> execute(std::shared_ptr<LiveRun> live, Lane lane, std::optional<RunInput> input);
    Task<Status> look(RunId run);
    Task<Result<bool>> takes_turns(BotId bot);
    Task<Status> execute_suspects(std::vector<Run> suspects);
    std::size_t forks_of(BotId bot) const;
    void line_up(const std::shared_ptr<LiveRun>& live);
    void enter(const std::shared_ptr<LiveRun>& live);

    RunPorts ports_;
    Executor executor_;
    TaskScope& scope_;
    LiveRuns live_;
    SessionLanes lanes_;
    std::string owner_;  ///< written once, before serving
    std::atomic<bool> draining_{false};
};

}  // namespace boternity::core
