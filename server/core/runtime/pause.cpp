#include "core/runtime/pause.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <memory>
#include <utility>

namespace boternity::core {
namespace {

Task<void> wait(std::shared_ptr<asio::steady_timer> timer, std::stop_token stop) {
    if (stop.stop_requested()) co_return;
    // The timer is shared with a stop request that is on its way when the time is up.
    const std::stop_callback on_stop(
        stop, [timer] { asio::post(timer->get_executor(), [timer] { timer->cancel(); }); });
    const auto quiet = asio::as_tuple(asio::use_awaitable);
    co_await timer->async_wait(quiet);
}

}  // namespace

Task<void> pause_until(Deadline moment, std::stop_token stop) {
    const Executor home = co_await asio::this_coro::executor;
    co_await wait(std::make_shared<asio::steady_timer>(home, moment.at), std::move(stop));
}

Task<void> pause_for(std::chrono::milliseconds duration, std::stop_token stop) {
    const Executor home = co_await asio::this_coro::executor;
    co_await wait(std::make_shared<asio::steady_timer>(home, duration), std::move(stop));
}

}  // namespace boternity::core
