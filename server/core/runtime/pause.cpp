#include "core/runtime/pause.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <memory>

namespace boternity::core {

Task<void> pause_until(Deadline moment, std::stop_token stop) {
    if (stop.stop_requested()) co_return;
    const Executor home = co_await asio::this_coro::executor;
    // Shared with a stop request that is on its way when the time is up.
    const auto timer = std::make_shared<asio::steady_timer>(home, moment.at);
    const std::stop_callback on_stop(stop, [home, timer] { asio::post(home, [timer] { timer->cancel(); }); });
    const auto quiet = asio::as_tuple(asio::use_awaitable);
    co_await timer->async_wait(quiet);
}

}  // namespace boternity::core
