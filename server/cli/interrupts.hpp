#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

#include <csignal>
#include <functional>
#include <memory>
#include <utility>

namespace boternity::cli {

/// While it lives, Ctrl-C calls a function instead of ending the process. The function is called by the
/// io_context, so it may do anything.
class Interrupts {
public:
    Interrupts(boost::asio::io_context& io, std::function<void()> on_interrupt)
        : signals_(io, SIGINT), on_interrupt_(std::move(on_interrupt)) {
        wait();
    }
    Interrupts(const Interrupts&) = delete;
    Interrupts& operator=(const Interrupts&) = delete;

private:
    void wait() {
        signals_.async_wait([this, alive = std::weak_ptr(alive_)](boost::system::error_code error, int) {
            if (error || alive.expired()) return;  // destroyed: `this` is no more
            on_interrupt_();
            wait();
        });
    }

    boost::asio::signal_set signals_;
    std::function<void()> on_interrupt_;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace boternity::cli
