#pragma once

#include "core/runtime/context.hpp"
#include "core/runtime/signal.hpp"
#include "core/runtime/task.hpp"
#include "types/result.hpp"

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <vector>

namespace boternity::testing {

/// Holds coroutines until a test lets them go, so that a test can look at the
/// middle of something.
///
/// Lifetime  in a shared_ptr, owned by the test and by those that wait.
/// Threads   any.
class Gate : public std::enable_shared_from_this<Gate> {
public:
    /// Waits until the gate is open. Cancelled on a stop request,
    /// DeadlineExceeded at the context's deadline.
    core::Task<Status> pass(core::CallContext context);

    /// Lets all that wait and all that come go through.
    void open();

    /// How many have come to the gate so far, whether they still wait or not.
    std::size_t arrived() const;

    /// Blocks a test's thread (never one that runs coroutines) until `count` have
    /// come; false after `wait`.
    bool wait_arrived(std::size_t count, std::chrono::milliseconds wait = std::chrono::seconds(10)) const;

private:
    struct Waiter;

    static core::Task<Status> hold(std::shared_ptr<Gate> gate, std::shared_ptr<Waiter> waiter,
                                   core::CallContext context);
    bool is_open() const;

    mutable std::mutex mutex_;  // of a few fields, never held over a wait
    mutable std::condition_variable came_;
    bool open_ = false;
    std::size_t arrived_ = 0;
    std::vector<std::weak_ptr<Waiter>> waiters_;
};

}  // namespace boternity::testing
