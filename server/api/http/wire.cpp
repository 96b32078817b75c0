#include "api/http/wire.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <array>
#include <tuple>
#include <utility>

namespace boternity::api {

namespace asio = boost::asio;
using boost::system::error_code;

Wire::Wire(Socket socket, std::chrono::milliseconds write_time)
    : socket_(std::move(socket)), write_time_(write_time), alarm_(socket_.get_executor()) {
    error_code ignored;
    socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
    socket_.non_blocking(true, ignored);
}

core::Task<void> Wire::park() {
    auto parked = asio::async_initiate<const asio::use_awaitable_t<>, void()>(
        [](auto handler, Wire* self) {
            self->parked_ = [resume = std::move(handler)]() mutable { std::move(resume)(); };
        },
        asio::use_awaitable, this);
    co_await std::move(parked);
}

void Wire::wake() {
    if (parked_) std::exchange(parked_, nullptr)();
}

core::Task<Wire::Got> Wire::read_more(Deadline deadline) {
    const auto self = shared_from_this();
    const std::size_t before = unread().size();
    late_ = false;
    deadline_ = deadline.at;
    if (deadline_ < armed_at_) arm(deadline_);
    while (true) {
        if (unread().size() > before) break;
        if (ended_) co_return Got::Closed;
        if (std::exchange(interrupted_, false)) co_return Got::Interrupted;
        if (late_) co_return Got::TimedOut;
        start_read();
        co_await park();
    }
    deadline_ = std::chrono::steady_clock::time_point::max();
    co_return Got::More;
}

void Wire::interrupt() {
    interrupted_ = true;
    wake();
}

void Wire::start_read() {
    if (reading_ || ended_) return;
    reading_ = true;
    if (!incoming_) incoming_ = std::make_unique<char[]>(kReadBytes);
    socket_.async_read_some(
        asio::buffer(incoming_.get(), kReadBytes),
        [self = shared_from_this()](error_code error, std::size_t bytes) { self->on_read(error, bytes); });
}

void Wire::on_read(error_code error, std::size_t bytes) {
    reading_ = false;
    if (begin_ == buffer_.size()) {
        buffer_.clear();
        begin_ = 0;
    } else if (begin_ > kReadBytes) {
        buffer_.erase(0, begin_);
        begin_ = 0;
    }
    buffer_.append(incoming_.get(), bytes);
    if (error) {
        ended_ = true;
        broken_ = error != asio::error::eof;
    }
    if (gone_) {
        if (ended_) {
            std::exchange(gone_, nullptr)(broken_);
        } else if (unread().size() < kWatchBytes) {
            start_read();
        }
    }
    wake();
}

void Wire::watch(std::function<void(bool)> gone) {
    if (ended_) {
        gone(broken_);
        return;
    }
    gone_ = std::move(gone);
    if (unread().size() < kWatchBytes) start_read();
}

void Wire::arm(std::chrono::steady_clock::time_point at) {
    armed_at_ = at;
    alarm_.expires_at(at);
    alarm_.async_wait([self = weak_from_this()](error_code error) {
        if (error) return;  // moved, or the connection is gone
        if (const auto wire = self.lock()) wire->on_alarm();
    });
}

void Wire::on_alarm() {
    const auto was = std::exchange(armed_at_, std::chrono::steady_clock::time_point::max());
    if (deadline_ == std::chrono::steady_clock::time_point::max()) return;
    if (deadline_ > was) {
        arm(deadline_);
        return;
    }
    late_ = true;
    wake();
}

core::Task<bool> Wire::write(std::string head, std::string body, std::string_view shared) {
    const auto self = shared_from_this();
    std::array<asio::const_buffer, 3> rest{asio::buffer(head), asio::buffer(body), asio::buffer(shared)};
    while (true) {
        error_code error;
        if (!socket_.is_open()) co_return false;
        std::size_t sent = socket_.write_some(rest, error);
        if (error && error != asio::error::would_block && error != asio::error::try_again) {
            close();
            co_return false;
        }
        for (auto& part : rest) {
            const auto taken = std::min(sent, part.size());
            part += taken;
            sent -= taken;
        }
        if (rest[0].size() + rest[1].size() + rest[2].size() == 0) co_return true;
        if (!error) continue;
        // The client's window is full: it has `write_time_` to take something.
        asio::steady_timer patience(socket_.get_executor(), write_time_);
        patience.async_wait([weak = weak_from_this()](error_code waited) {
            if (waited) return;
            if (const auto wire = weak.lock()) wire->close();
        });
        const auto waited =
            co_await socket_.async_wait(Socket::wait_write, asio::as_tuple(asio::use_awaitable));
        if (std::get<0>(waited)) {
            close();
            co_return false;
        }
    }
}

core::Task<void> Wire::linger(Deadline deadline) {
    const auto self = shared_from_this();
    error_code ignored;
    socket_.shutdown(asio::socket_base::shutdown_send, ignored);
    std::size_t thrown_away = 0;
    constexpr std::size_t kMost = 16 * 1024 * 1024;
    while (thrown_away < kMost) {
        thrown_away += unread().size();
        consume(unread().size());
        const Got got = co_await read_more(deadline);
        if (got != Got::More) break;
    }
    close();
}

Wire::Socket Wire::release() {
    alarm_.cancel();
    ended_ = true;
    incoming_.reset();
    buffer_ = {};
    begin_ = 0;
    return std::move(socket_);
}

void Wire::close() noexcept {
    error_code ignored;
    socket_.close(ignored);
    alarm_.cancel();
}

}  // namespace boternity::api
