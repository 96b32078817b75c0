// HttpConnection, third part: from HTTP to a WebSocket.
#include "api/http/http_connection.hpp"
#include "api/ws/upgrade.hpp"

#include <utility>
#include <variant>

namespace boternity::api {

core::Task<HttpConnection::Next> HttpConnection::upgrade(Incoming incoming, core::Principal principal,
                                                         std::string request_id) {
    auto handshake = read_handshake(incoming.head, request_id);
    if (auto* refusal = std::get_if<HttpAnswer>(&handshake)) {
        auto sending = send(std::move(*refusal), std::move(incoming), std::move(request_id));
        co_return co_await std::move(sending);
    }
    // A client waits for the answer to its handshake before it says more (RFC 6455 section 4.1).
    if (!wire_->unread().empty() || incoming.minor_version == 0) {
        auto refusing = refuse_malformed(400, "Nothing may follow the handshake before its answer.");
        co_await std::move(refusing);
        co_return Next::Close;
    }
    const WebSocketLimits limits{.message_bytes = limits_.live_message_bytes,
                                 .handshake_time = limits_.header_time,
                                 .idle_time = 2 * limits_.ping_time,
                                 .write_time = limits_.write_time};
    const auto socket = std::make_shared<WebSocket>(wire_->release(), limits);
    auto accepting = socket->accept(std::move(std::get<WebSocket::Handshake>(handshake)));
    const bool open = co_await std::move(accepting);
    if (!open) co_return Next::Close;
    const auto& ports = service_.ports();
    live_ = std::make_shared<LiveSession>(socket, ports.methods, ports.log, limits_, std::move(principal),
                                          std::move(request_id));
    if (finishing_) live_->finish();
    auto serving = live_->serve();
    co_await std::move(serving);
    co_return Next::Close;
}

}  // namespace boternity::api
