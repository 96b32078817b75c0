#pragma once

#include "core/ports/log.hpp"
#include "core/runtime/task.hpp"
#include "types/result.hpp"
#include "types/time.hpp"

#include <atomic>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <stop_token>
#include <string>

namespace boternity::core {

/// Owns background coroutines: counts them, logs their failures, asks them to stop and waits for them.
///
/// Threads   `start` any; `stop_and_wait` from a thread that runs none of them.
/// Lifetime  what a coroutine refers to must outlive `stop_and_wait`.
class TaskScope {
public:
    TaskScope(std::string name, Log& log) : name_(std::move(name)), log_(log) {}
    ~TaskScope();
    TaskScope(const TaskScope&) = delete;
    TaskScope& operator=(const TaskScope&) = delete;

    /// Runs `task` on `executor`; false, and the task is dropped unstarted, once the scope is stopping. A
    /// failure is logged with `what`; nobody else hears of it.
    bool start(std::string what, Executor executor, Task<Status> task);

    /// What a coroutine that should end at shutdown listens to.
    std::stop_token stop_token() const noexcept { return stop_.get_token(); }

    std::size_t running() const noexcept { return running_.load(); }

    /// Waits, without asking anything to stop, until nothing runs or the deadline passes: true when idle.
    bool wait_idle(Deadline deadline);

    /// Requests stop and waits until the deadline. False, and logged with the number left, when some did not
    /// end; they are then still referred to and the process should end without destroying what they use.
    bool stop_and_wait(Deadline deadline);

private:
    void log_end(const std::string& what, std::exception_ptr thrown, const Status& status);

    std::string name_;
    Log& log_;
    std::stop_source stop_;
    std::atomic<std::size_t> running_{0};
    // Makes "not closed, hence counted" one step, so that nothing starts behind the back of the thread that
    // waits at shutdown; no coroutine ever holds it while suspended.
    std::mutex mutex_;
    bool closed_ = false;
    std::condition_variable idle_;
};

}  // namespace boternity::core
