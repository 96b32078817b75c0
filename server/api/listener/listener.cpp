#include "api/listener/listener.hpp"

#include "api/listener/first_bytes.hpp"
#include "core/runtime/pause.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>
#include <sys/poll.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>
#include <string_view>
#include <utility>

namespace boternity::api {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

constexpr std::chrono::milliseconds kAcceptPause{50};
// Strangers decide how often the limit is met, but not how much is logged.
constexpr std::chrono::minutes kQuiet{1};

/// What the server's own files leave of RLIMIT_NOFILE.
std::size_t connections_for_files() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return 10'000;
    const auto files = static_cast<std::size_t>(limit.rlim_cur);
    const std::size_t own = std::clamp<std::size_t>(files / 2, 32, 128);
    return std::clamp<std::size_t>(files > own ? files - own : 1, 1, 10'000);
}

/// Looks at what has come without taking it; none when the client is gone.
std::optional<Protocol> peek(int socket) {
    std::array<char, kHttp2Preface.size()> bytes{};
    const auto count = ::recv(socket, bytes.data(), bytes.size(), MSG_PEEK | MSG_DONTWAIT);
    if (count > 0) return protocol_of({bytes.data(), static_cast<std::size_t>(count)});
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) return Protocol::Undecided;
    return std::nullopt;
}

/// Nothing more will come: FIN or an error. Asked before the bytes are looked at, it says that they are all.
bool has_ended(int socket) {
    pollfd about{.fd = socket, .events = POLLRDHUP, .revents = 0};
    return ::poll(&about, 1, 0) > 0;
}

void set_low_water(int socket, int bytes) {
    ::setsockopt(socket, SOL_SOCKET, SO_RCVLOWAT, &bytes, sizeof bytes);
}

}  // namespace

Result<asio::ip::address> Listener::read_address(const std::string& host) {
    error_code error;
    auto address = asio::ip::make_address(host == "localhost" ? "127.0.0.1" : host, error);
    if (error) {
        return fail(invalid_argument(fmt::format("\"{}\" is no address of this machine; give --listen as "
                                                 "ADDRESS:PORT, for example 127.0.0.1:7420.",
                                                 host)));
    }
    return address;
}

Result<Listener::Acceptor> Listener::bind(core::Executor executor, const std::string& host,
                                          std::uint16_t port) {
    BOT_TRY(address, read_address(host));
    error_code error;
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

bool Listener::is_full() {
    if (open_.load() + ports_.grpc.connections(HandedOver::Look::Cheap) < most_) return false;
    return open_.load() + ports_.grpc.connections(HandedOver::Look::Exact) >= most_;
}

void Listener::tell_of_pause(std::string reason) {
    const auto now = ports_.clock.steady();
    if (quiet_until_ && now < *quiet_until_) return;
    quiet_until_ = now + kQuiet;
    ports_.log.write(core::LogLevel::Warn, "accept_paused", {{"error", std::move(reason)}});
}

core::Task<Status> Listener::accept() {
    bool paused = false;
    while (!stopping_.load()) {
        if (is_full()) {
            if (!std::exchange(paused, true)) tell_of_pause(fmt::format("{} connections are open", most_));
            co_await core::pause_until(ports_.clock.in(kAcceptPause), stop_.get_token());
            continue;
        }
        auto socket = std::make_shared<Wire::Socket>(asio::make_strand(ports_.executor));
        auto accepting = acceptor_.async_accept(*socket, asio::as_tuple(asio::use_awaitable));
        const auto accepted = co_await std::move(accepting);
        const auto error = std::get<0>(accepted);
        if (error == asio::error::operation_aborted) break;
        if (error == asio::error::connection_aborted) continue;  // this one client left again
        if (error) {
            // No file is left: the client waits in the kernel's queue until one is. Told once, not for every
            // try.
            if (!std::exchange(paused, true)) tell_of_pause(error.message());
            co_await core::pause_until(ports_.clock.in(kAcceptPause), stop_.get_token());
            continue;
        }
        paused = false;
        enter();
        const auto strand = socket->get_executor();
        if (!ports_.scope.start("connection", strand, receive(std::move(socket)))) leave();
    }
    co_return Status{};
}

/// What the connection speaks; none when it did not say so in time, went away, or the server stops.
core::Task<std::optional<Protocol>> Listener::decide(std::shared_ptr<Wire::Socket> socket) {
    const int handle = socket->native_handle();
    auto protocol = peek(handle);
    if (protocol != Protocol::Undecided) co_return protocol;
    const auto strand = socket->get_executor();
    // The timer and a stop request may come after this has ended: they share the socket.
    const auto patience =
        std::make_shared<asio::steady_timer>(strand, ports_.clock.in(ports_.limits.first_bytes_time).at);
    const auto late = std::make_shared<bool>(false);
    const auto give_up = [socket, late] {
        *late = true;
        error_code ignored;
        socket->cancel(ignored);
    };
    patience->async_wait([give_up](error_code error) {
        if (!error) give_up();
    });
    const std::stop_callback on_stop(stop_.get_token(), [strand, give_up] { asio::post(strand, give_up); });
    while (protocol == Protocol::Undecided && !*late) {
        auto waiting = socket->async_wait(Wire::Socket::wait_read, asio::as_tuple(asio::use_awaitable));
        const auto waited = co_await std::move(waiting);
        if (std::get<0>(waited)) break;
        const bool ended = has_ended(handle);
        protocol = peek(handle);
        // A beginning of the preface that is all there will be is nobody's request; its socket stays
        // readable.
        if (protocol == Protocol::Undecided && ended) break;
        // With a part of the preface there, only all of it is news; otherwise this would spin.
        if (protocol == Protocol::Undecided) set_low_water(handle, static_cast<int>(kHttp2Preface.size()));
    }
    patience->cancel();
    set_low_water(handle, 1);
    if (protocol == Protocol::Undecided) co_return std::nullopt;
    co_return protocol;
}

core::Task<Status> Listener::receive(std::shared_ptr<Wire::Socket> socket) {
    error_code ignored;
    socket->non_blocking(true, ignored);
    auto deciding = decide(socket);
    const auto protocol = co_await std::move(deciding);
    Status status;
    if (protocol == Protocol::Http2) {
        socket->set_option(tcp::no_delay(true), ignored);
        status = ports_.grpc.adopt(socket->release(ignored));
    } else if (protocol == Protocol::Http1) {
        auto wire = std::make_shared<Wire>(std::move(*socket), ports_.limits.write_time);
        auto serving = serve_http(std::make_shared<HttpConnection>(std::move(wire), ports_.http));
        status = co_await std::move(serving);
    }
    leave();
    co_return status;
}

void Listener::enter() {
    open_.fetch_add(1);
}

void Listener::leave() {
    const std::lock_guard lock(mutex_);
    if (open_.fetch_sub(1) == 1) idle_.notify_all();
}

bool Listener::wait_idle_blocking(Deadline deadline) {
    std::unique_lock lock(mutex_);
    return idle_.wait_until(lock, deadline.at, [this] { return open_.load() == 0; });
}

core::Task<Status> Listener::serve_http(std::shared_ptr<HttpConnection> connection) {
    {
        const std::lock_guard lock(mutex_);
        http_.insert(connection);
    }
    if (stopping_.load()) connection->finish();
    auto serving = connection->serve();
    auto status = co_await std::move(serving);
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
    stop_.request_stop();
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
