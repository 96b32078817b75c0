#pragma once

#include "core/runtime/task.hpp"
#include "types/result.hpp"

#include <boost/asio/bind_executor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <atomic>
#include <cstddef>
#include <exception>
#include <functional>
#include <string>
#include <type_traits>
#include <utility>

namespace boternity::core {

/// Threads of one purpose that are allowed to block (database reads, inference, files).
///
/// Bound     at most `max_waiting` calls wait for a thread; the next is refused with Unavailable.
/// Lifetime  outlives every coroutine that runs on it; `join` waits for the calls that run.
class Pool {
public:
    Pool(std::string name, std::size_t threads, std::size_t max_waiting)
        : name_(std::move(name)), limit_(max_waiting + threads), threads_(threads) {}

    void join() { threads_.join(); }
    const std::string& name() const noexcept { return name_; }
    auto executor() noexcept { return threads_.get_executor(); }

    /// True when a place was taken; give it back with `leave`.
    bool enter() noexcept {
        if (inside_.fetch_add(1) < limit_) return true;
        inside_.fetch_sub(1);
        return false;
    }
    void leave() noexcept { inside_.fetch_sub(1); }

private:
    std::string name_;
    std::size_t limit_;
    std::atomic<std::size_t> inside_{0};
    asio::thread_pool threads_;
};

/// Runs `call(args...)` on the pool and resumes on the caller's executor. The call returns a `Result`; it
/// runs to its end even when nobody waits any more, hence its arguments are values. What it throws becomes
/// Internal.
template <class Call, class... Args>
// NOLINTNEXTLINE(cppcoreguidelines-avoid-reference-coroutine-parameters): a pool outlives all that runs on it
Task<std::invoke_result_t<Call, Args...>> run_on(Pool& pool, Call call, Args... args) {
    using Answer = std::invoke_result_t<Call, Args...>;
    if (!pool.enter()) {
        co_return fail(ErrorCode::Unavailable, "The server is busy; try again in a moment.",
                       "pool " + pool.name() + " is full");
    }
    const Executor home = co_await asio::this_coro::executor;
    co_await asio::post(asio::bind_executor(pool.executor(), asio::use_awaitable));
    Answer answer = [&]() -> Answer {
        try {
            return std::invoke(std::move(call), std::move(args)...);
        } catch (const std::exception& error) {
            return fail(internal_error(pool.name() + ": " + error.what()));
        }
    }();
    pool.leave();
    co_await asio::post(asio::bind_executor(home, asio::use_awaitable));
    co_return answer;
}

}  // namespace boternity::core
