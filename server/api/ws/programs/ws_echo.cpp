// Says back every message over the WebSocket that the server is made of, for conformance suites that want an
// echo: `ws_echo` prints its port and serves until its input ends.
#include "api/ws/web_socket.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/streambuf.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <fmt/format.h>

#include <cstdio>
#include <exception>
#include <iostream>
#include <string>

namespace boternity::api {
namespace {

namespace asio = boost::asio;
using Tcp = asio::ip::tcp;

std::string field_of(const std::string& head, const std::string& name) {
    const auto at = head.find("\r\n" + name + ": ");
    if (at == std::string::npos) return {};
    const auto begin = at + name.size() + 4;
    return head.substr(begin, head.find("\r\n", begin) - begin);
}

/// A client that hangs up in the middle is usual here; anything else is seen by the suite.
void tell(const std::exception_ptr& thrown) {
    if (thrown) fmt::print(stderr, "a connection failed\n");
}

core::Task<void> serve(Wire::Socket socket) {
    std::string head;
    co_await asio::async_read_until(socket, asio::dynamic_buffer(head), "\r\n\r\n", asio::use_awaitable);
    const auto ws =
        std::make_shared<WebSocket>(std::move(socket), WebSocketLimits{.message_bytes = 64 << 20});
    auto accepting = ws->accept(
        {.target = "/", .host = field_of(head, "Host"), .key = field_of(head, "Sec-WebSocket-Key")});
    if (!co_await std::move(accepting)) co_return;
    for (;;) {
        auto reading = ws->read();
        auto received = co_await std::move(reading);
        if (!received) co_return;
        auto writing = ws->write(std::move(received->bytes), received->text);
        if (!co_await std::move(writing)) co_return;
    }
}

core::Task<void> accept_all(Tcp::acceptor acceptor) {
    for (;;) {
        const auto strand = asio::make_strand(acceptor.get_executor());
        Wire::Socket socket(strand);
        co_await acceptor.async_accept(socket, asio::use_awaitable);
        socket.set_option(Tcp::no_delay(true));
        asio::co_spawn(strand, serve(std::move(socket)), tell);
    }
}

}  // namespace
}  // namespace boternity::api

int main() {
    namespace asio = boost::asio;
    asio::thread_pool io(2);
    asio::ip::tcp::acceptor acceptor(io, {asio::ip::address_v4::loopback(), 0});
    fmt::print("{}\n", acceptor.local_endpoint().port());
    std::fflush(stdout);
    asio::co_spawn(io, boternity::api::accept_all(std::move(acceptor)), boternity::api::tell);
    std::string line;
    while (std::getline(std::cin, line)) continue;
    io.stop();
    return 0;
}
