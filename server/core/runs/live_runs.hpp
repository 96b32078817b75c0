#pragma once

#include "core/runs/run_event.hpp"
#include "core/runtime/signal.hpp"
#include "core/runtime/task.hpp"
#include "types/result.hpp"
#include "types/time.hpp"

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <stop_token>
#include <unordered_map>
#include <vector>

namespace boternity::core {

/// A run while it runs: what it has told so far, for any number of readers, and the way to cancel it.
///
/// Lifetime  shared by the run's coroutine, LiveRuns and its readers.
/// Threads   `append` and `read` hop to the run's strand by themselves; the rest is thread-safe.
/// Bound     the limits of a run bound its events.
class LiveRun : public std::enable_shared_from_this<LiveRun> {
public:
    LiveRun(Run run, Executor executor);

    const Run& run() const noexcept { return run_; }
    Strand strand() const { return strand_; }

    /// Adds the next event. On the run's strand only.
    void append(decltype(RunEvent::what) what);

    /// The number that the next event will have. On the run's strand only.
    std::uint32_t next_sequence() const noexcept { return next_; }

    /// Somebody wrote to the run, or decided something that it waits for. Any thread.
    void attend();

    /// How often `attend` was heard. On the run's strand only.
    std::uint64_t heard() const noexcept { return heard_; }

    /// Waits until `attend` was heard more often than `before`. On the run's strand only.
    Task<Signal::Woke> attended(std::uint64_t before, Deadline deadline, std::stop_token stop);

    /// What was done cannot be made durable for now: until there is one, whoever waits is told why. On the
    /// run's strand.
    void hold_up(Error reason);

    /// It could be made durable after all. On the run's strand.
    void go_on() noexcept { held_up_.reset(); }

    /// All events above `after` as soon as there is one. Empty when the run has ended and there is none left.
    /// On the run's strand only; readers on others use RunEventReader.
    Task<Result<std::vector<RunEvent>>> read(std::uint32_t after, Deadline deadline, std::stop_token stop);

    /// The run's last event, once it has ended. On the run's strand only, as `read`.
    Task<Result<RunFinished>> end(Deadline deadline, std::stop_token stop);

    /// Whether the run only waits for others, so that a server that stops need not wait for it.
    void stand_still(bool still) noexcept { still_.store(still); }
    bool stands_still() const noexcept { return still_.load() && under_way_.load() == 0; }

    /// A call of the outside that is under way for it, during which it does not stand still.
    void call_began() noexcept { under_way_.fetch_add(1); }
    void call_ended() noexcept { under_way_.fetch_sub(1); }

    /// True from the first event on.
    bool started() const noexcept { return started_.load(); }

    void cancel() noexcept { stop_.request_stop(); }
    std::stop_token stop_token() const noexcept { return stop_.get_token(); }

private:
    /// Nothing when a signal came, else why it is not waited for any longer.
    Status told(Signal::Woke woke) const;

    const Run run_;
    Strand strand_;
    Signal changed_;
    Signal attention_;
    std::uint64_t heard_ = 0;
    Signal over_;  // apart, so that whoever only wants the end is not woken for every word
    std::stop_source stop_;
    std::vector<RunEvent> events_;
    std::uint32_t next_;
    bool ended_ = false;
    std::optional<Error> held_up_;
    std::atomic<bool> started_{false};
    std::atomic<bool> still_{false};
    std::atomic<int> under_way_{0};
};

/// Reads a run's events in order, from any strand.
class RunEventReader {
public:
    /// Live.
    RunEventReader(std::shared_ptr<LiveRun> live, std::uint32_t after)
        : live_(std::move(live)), after_(after) {}
    /// From the journal.
    RunEventReader(std::vector<RunEvent> events, std::uint32_t after);

    /// The next events, at least one; empty at the end. DeadlineExceeded when none came in time, after which
    /// it may be called again; Cancelled on a stop request.
    Task<Result<std::vector<RunEvent>>> next(Deadline deadline, std::stop_token stop);

    /// The last event, once the run has ended; what came before it is not read. Errors as `next`.
    Task<Result<RunFinished>> end(Deadline deadline, std::stop_token stop);

private:
    std::shared_ptr<LiveRun> live_;
    std::vector<RunEvent> recorded_;
    std::uint32_t after_ = 0;
};

/// The runs that run now, by id. Threads: any.
class LiveRuns {
public:
    void add(std::shared_ptr<LiveRun> live);
    std::shared_ptr<LiveRun> find(RunId id) const;
    void remove(RunId id);
    std::vector<std::shared_ptr<LiveRun>> of(BotId bot) const;
    /// The runs below this one, however deep.
    std::vector<std::shared_ptr<LiveRun>> below(const Run& run) const;
    std::size_t size() const;
    /// Those that do not stand still.
    std::size_t moving() const;

private:
    // Looked up from any connection's strand; never held over a wait.
    mutable std::mutex mutex_;
    std::unordered_map<RunId, std::shared_ptr<LiveRun>> runs_;
};

}  // namespace boternity::core
