#include "api/listener/listener.hpp"

#include "core/runtime/pause.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string_view>
#include <utility>

namespace boternity::api {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

// RFC 9113 section 3.4.
constexpr std::string_view kHttp2Preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
constexpr std::chrono::milliseconds kAcceptPause{50};

/// What the server's own files leave of RLIMIT_NOFILE.
std::size_t connections_for_files() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return 10'000;
    const auto files = static_cast<std::size_t>(limit.rlim_cur);
    const std::size_t own = std::clamp<std::size_t>(files / 2, 32, 128);
    return std::clamp<std::size_t>(files > own ? files - own : 1, 1, 10'000);
}

enum class Protocol { Http1, Http2, Undecided, Gone };

Protocol look(int socket) {
    std::array<char, kHttp2Preface.size()> bytes{};
    const auto count = ::recv(socket, bytes.data(), bytes.size(), MSG_PEEK | MSG_DONTWAIT);
    if (count == 0) return Protocol::Gone;
    if (count < 0) return errno == EAGAIN || errno == EINTR ? Protocol::Undecided : Protocol::Gone;
    const std::string_view got(bytes.data(), static_cast<std::size_t>(count));
    if (got != kHttp2Preface.substr(0, got.size())) return Protocol::Http1;
    return got.size() == kHttp2Preface.size() ? Protocol::Http2 : Protocol::Undecided;
}

void set_low_water(int socket, int bytes) {
    ::setsockopt(socket, SOL_SOCKET, SO_RCVLOWAT, &bytes, sizeof bytes);
}

}  // namespace

Result<Listener::Acceptor> Listener::bind(core::Executor executor, const std::string& host,
                                          std::uint16_t port) {
    error_code error;
    const auto address = asio::ip::make_address(host == "localhost" ? "127.0.0.1" : host, error);
    if (error) {
        return fail(invalid_argument(fmt::format("\"{}\" is no address of this machine; give --listen as "
                                                 "ADDRESS:PORT, for example 127.0.0.1:7420.",
                                                 host)));
    }
    const tcp::endpoint endpoint(address, port);
    Acceptor acceptor(executor);
    acceptor.open(endpoint.protocol(), error);
    if (!error) acceptor.set_option(asio::socket_base::reuse_address(true), error);
    if (!error) acceptor.bind(endpoint, error);
    if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
    if (error == asio::error::address_in_use) {
        return fail(
            ErrorCode::Unavailable,
            fmt::format("Port {} on {} is in use; stop what uses it or choose another with --listen {}:PORT.",
                        port, host, host));
    }
    if (error) {
        return fail(ErrorCode::Unavailable,
                    fmt::format("Cannot listen on {}:{} ({}); choose another address with --listen.", host,
                                port, error.message()));
    }
    return acceptor;
}

Listener::Listener(Ports ports, Acceptor acceptor)
    : ports_(std::move(ports)),
      strand_(asio::make_strand(ports_.executor)),
      acceptor_(std::move(acceptor)),
      most_(ports_.limits.connections != 0 ? ports_.limits.connections : connections_for_files()) {}

void Listener::start() {
    ports_.scope.start("accept", strand_, accept());
}

core::Task<Status> Listener::accept() {
    while (!stopping_.load()) {
        if (open_.load() >= most_) {
            co_await core::pause_until(ports_.clock.in(kAcceptPause), ports_.scope.stop_token());
            continue;
        }
        Wire::Socket socket(asio::make_strand(ports_.executor));
        const auto accepted = co_await acceptor_.async_accept(socket, asio::as_tuple(asio::use_awaitable));
        const auto error = std::get<0>(accepted);
        if (error == asio::error::operation_aborted) break;
        if (error) {
            // No file is left: the client waits in the kernel's queue until one is.
            ports_.log.write(core::LogLevel::Warn, "accept_paused", {{"error", error.message()}});
            co_await core::pause_until(ports_.clock.in(kAcceptPause), ports_.scope.stop_token());
            continue;
        }
        open_.fetch_add(1);
        const auto strand = socket.get_executor();
        if (!ports_.scope.start("connection", strand, receive(std::move(socket)))) open_.fetch_sub(1);
    }
    co_return Status{};
}

core::Task<Status> Listener::receive(Wire::Socket socket) {
    error_code ignored;
    socket.non_blocking(true, ignored);
    const int handle = socket.native_handle();
    const auto deadline = ports_.clock.in(ports_.limits.first_bytes_time);
    auto protocol = look(handle);
    if (protocol == Protocol::Undecided) {
        asio::steady_timer patience(socket.get_executor(), deadline.at);
        bool late = false;
        patience.async_wait([&](error_code error) {
            if (error) return;
            late = true;
            socket.cancel();
        });
        while (protocol == Protocol::Undecided && !late) {
            const auto waited =
                co_await socket.async_wait(Wire::Socket::wait_read, asio::as_tuple(asio::use_awaitable));
            if (std::get<0>(waited)) break;
            protocol = look(handle);
            // With a part of the preface there, only all of it is news; otherwise this would spin.
            if (protocol == Protocol::Undecided)
                set_low_water(handle, static_cast<int>(kHttp2Preface.size()));
        }
        patience.cancel();
        // The timer's handler refers to this frame: let it run before the frame goes.
        co_await asio::post(socket.get_executor(), asio::use_awaitable);
        set_low_water(handle, 1);
    }
    if (protocol == Protocol::Http2) {
        const int released = socket.release(ignored);
        open_.fetch_sub(1);
        co_return ports_.grpc.adopt(released);
    }
    if (protocol == Protocol::Http1 && !stopping_.load()) {
        auto wire = std::make_shared<Wire>(std::move(socket), ports_.limits.write_time);
        auto connection = std::make_shared<HttpConnection>(std::move(wire), ports_.http);
        co_await serve_http(std::move(connection));
    }
    open_.fetch_sub(1);
    co_return Status{};
}

core::Task<Status> Listener::serve_http(std::shared_ptr<HttpConnection> connection) {
    {
        const std::lock_guard lock(mutex_);
        http_.insert(connection);
    }
    if (stopping_.load()) connection->finish();
    auto status = co_await connection->serve();
    const std::lock_guard lock(mutex_);
    http_.erase(connection);
    co_return status;
}

std::vector<std::shared_ptr<HttpConnection>> Listener::connections() const {
    const std::lock_guard lock(mutex_);
    return {http_.begin(), http_.end()};
}

void Listener::stop_accepting() {
    if (stopping_.exchange(true)) return;
    asio::post(strand_, [this] {
        error_code ignored;
        acceptor_.close(ignored);
    });
    for (auto& connection : connections()) {
        const auto strand = connection->strand();
        asio::post(strand, [connection] { connection->finish(); });
    }
}

void Listener::abort() {
    for (auto& connection : connections()) {
        const auto strand = connection->strand();
        asio::post(strand, [connection] { connection->abort(); });
    }
}

}  // namespace boternity::api
