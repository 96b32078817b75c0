#include "core/runtime/signal.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>

namespace boternity::core {

void Signal::notify_all() {
    for (const auto& waiter : std::exchange(waiters_, {})) waiter->cancel();
}

Task<Signal::Woke> Signal::wait(Deadline deadline, std::stop_token stop) {
    if (stop.stop_requested()) co_return Woke::Stopped;
    auto waiter = std::make_shared<asio::steady_timer>(strand_, deadline.at);
    waiters_.push_back(waiter);
    const std::stop_callback on_stop(
        stop, [strand = strand_, waiter] { asio::post(strand, [waiter] { waiter->cancel(); }); });
    co_await waiter->async_wait(asio::as_tuple(asio::use_awaitable));
    // Still listed: nobody notified, so it was the deadline or the stop request.
    const bool notified = std::erase(waiters_, waiter) == 0;
    if (stop.stop_requested()) co_return Woke::Stopped;
    co_return notified ? Woke::Notified : Woke::TimedOut;
}

}  // namespace boternity::core
