#pragma once

#include "core/runtime/task.hpp"
#include "types/time.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace boternity::api {

/// One accepted socket as bytes with deadlines.
///
/// Threads   everything on the strand it was made with.
/// Lifetime  shared by the connection's coroutine and the reads and timers that are under way.
/// Bound     holds at most the bytes that its user asked for and did not consume, and one read more.
class Wire : public std::enable_shared_from_this<Wire> {
public:
    using Socket = boost::asio::basic_stream_socket<boost::asio::ip::tcp, core::Strand>;

    /// `write_time`: a client that takes no byte for so long is cut.
    Wire(Socket socket, std::chrono::milliseconds write_time);

    enum class Got { More, Closed, TimedOut, Interrupted };

    /// What was received and not consumed. Valid until the next call of a member.
    std::string_view unread() const noexcept { return std::string_view(buffer_).substr(begin_); }
    void consume(std::size_t bytes) noexcept { begin_ += bytes; }

    /// Waits for more bytes than `unread` holds. One reader at a time.
    core::Task<Got> read_more(Deadline deadline);

    /// Ends the `read_more` that waits, or the next one, with Interrupted. What is read later is not lost.
    void interrupt();

    /// Writes all of it; false when the client is gone or took too long, and the socket is closed then.
    /// `shared` comes last and outlives the connection: it is not copied for each client that takes it
    /// slowly.
    core::Task<bool> write(std::string head, std::string body, std::string_view shared = {});

    /// While a call runs nobody reads; this looks whether the client is still there. `gone` is called once,
    /// on the strand, when the client closed its side (`reset` false) or the connection broke (`reset` true).
    void watch(std::function<void(bool reset)> gone);
    void unwatch() noexcept { gone_ = nullptr; }

    /// Sends FIN and throws away what still comes, for so long: a client that still sends would otherwise get
    /// a reset in place of the answer.
    core::Task<void> linger(Deadline deadline);

    /// Gives the socket to somebody else; nobody reads or writes then, and nothing is unread.
    Socket release();

    void close() noexcept;
    core::Strand strand() { return socket_.get_executor(); }
    bool closed() const noexcept { return !socket_.is_open(); }

private:
    void start_read();
    void on_read(boost::system::error_code error, std::size_t bytes);
    void arm(std::chrono::steady_clock::time_point at);
    void on_alarm();
    void wake();
    core::Task<void> park();

    static constexpr std::size_t kReadBytes = 8 * 1024;
    static constexpr std::size_t kWatchBytes = 64 * 1024;  // what a client may send ahead while a call runs

    Socket socket_;
    std::chrono::milliseconds write_time_;
    std::string buffer_;
    std::size_t begin_ = 0;
    std::unique_ptr<char[]> incoming_;
    bool reading_ = false;
    bool ended_ = false;
    bool broken_ = false;
    bool interrupted_ = false;
    std::move_only_function<void()> parked_;
    std::function<void(bool)> gone_;
    // One timer for all reads. It is moved only when a deadline comes before the one it waits for: an idle
    // connection that keeps being used then costs no timer operation for a request.
    boost::asio::steady_timer alarm_;
    std::chrono::steady_clock::time_point armed_at_ = std::chrono::steady_clock::time_point::max();
    std::chrono::steady_clock::time_point deadline_ = std::chrono::steady_clock::time_point::max();
    bool late_ = false;
};

}  // namespace boternity::api
