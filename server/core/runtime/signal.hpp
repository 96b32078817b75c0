#pragma once

#include "core/runtime/task.hpp"
#include "types/time.hpp"

#include <boost/asio/steady_timer.hpp>

#include <memory>
#include <stop_token>
#include <vector>

namespace boternity::core {

/// Wakes coroutines that wait for a state to change: the condition variable of one strand.
///
/// Threads  everything on the strand it was made with; only stop requests may come from any thread.
/// Use      check the state, `co_await wait(...)`, check again.
class Signal {
public:
    explicit Signal(Strand strand) : strand_(std::move(strand)) {}

    /// Wakes all that wait now.
    void notify_all();

    enum class Woke { Notified, Stopped, TimedOut };

    /// Waits for `notify_all`, for a stop request, or until the deadline.
    Task<Woke> wait(Deadline deadline, std::stop_token stop);

private:
    using Waiter = std::shared_ptr<asio::steady_timer>;  // shared with a stop request that is on its way

    Strand strand_;
    std::vector<Waiter> waiters_;
};

}  // namespace boternity::core
