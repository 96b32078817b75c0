#include "api/ws/web_socket.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/websocket.hpp>

#include <tuple>
#include <utility>

namespace boternity::api {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace websocket = beast::websocket;
using boost::system::error_code;

namespace {

constexpr auto kTuple = asio::as_tuple(asio::use_awaitable);

websocket::stream_base::timeout timeouts_of(const WebSocketLimits& limits) {
    return {.handshake_timeout = limits.handshake_time,
            .idle_timeout = limits.idle_time,
            .keep_alive_pings = true};
}

}  // namespace

struct WebSocket::Stream {
    Stream(Wire::Socket socket, WebSocketLimits of)
        : strand(socket.get_executor()), ws(std::move(socket)), patience(strand), limits(of) {
        ws.set_option(timeouts_of(limits));
        ws.read_message_max(limits.message_bytes);
        // A message goes out as it is: fragments would only cost their heads.
        ws.auto_fragment(false);
    }

    core::Strand strand;
    // Beast takes the strand for an executor of the old kind unless its type is hidden.
    websocket::stream<asio::ip::tcp::socket> ws;
    asio::steady_timer patience;
    WebSocketLimits limits;
};

WebSocket::WebSocket(Wire::Socket socket, WebSocketLimits limits)
    : stream_(std::make_unique<Stream>(std::move(socket), limits)) {}

WebSocket::~WebSocket() = default;

core::Strand WebSocket::strand() const {
    return stream_->strand;
}

core::Task<bool> WebSocket::accept(Handshake handshake) {
    const auto self = shared_from_this();
    beast::http::request<beast::http::empty_body> request{beast::http::verb::get, handshake.target, 11};
    request.set(beast::http::field::host, handshake.host);
    request.set(beast::http::field::upgrade, "websocket");
    request.set(beast::http::field::connection, "Upgrade");
    request.set(beast::http::field::sec_websocket_key, handshake.key);
    request.set(beast::http::field::sec_websocket_version, "13");
    stream_->ws.set_option(websocket::stream_base::decorator([&handshake](websocket::response_type& answer) {
        if (!handshake.subprotocol.empty())
            answer.set(beast::http::field::sec_websocket_protocol, handshake.subprotocol);
        if (!handshake.request_id.empty()) answer.set("X-Request-Id", handshake.request_id);
    }));
    const auto [error] = co_await stream_->ws.async_accept(request, kTuple);
    co_return !error;
}

core::Task<std::optional<WebSocket::Received>> WebSocket::read() {
    const auto self = shared_from_this();
    Received received;
    auto buffer = asio::dynamic_buffer(received.bytes);
    const auto [error, bytes] = co_await stream_->ws.async_read(buffer, kTuple);
    if (error) {
        abort();
        co_return std::nullopt;
    }
    received.text = stream_->ws.got_text();
    co_return received;
}

core::Task<bool> WebSocket::write(std::string bytes, bool text) {
    const auto self = shared_from_this();
    if (closing_) co_return false;
    stream_->patience.expires_after(stream_->limits.write_time);
    stream_->patience.async_wait([weak = weak_from_this()](error_code waited) {
        if (waited) return;
        if (const auto late = weak.lock()) late->abort();
    });
    stream_->ws.text(text);
    const auto [error, sent] = co_await stream_->ws.async_write(asio::buffer(bytes), kTuple);
    stream_->patience.cancel();
    co_return !error;
}

void WebSocket::close(CloseCode code, std::string_view reason) {
    if (std::exchange(closing_, true)) return;
    const websocket::close_reason why(static_cast<websocket::close_code>(code), beast::string_view(reason));
    // What the client does not take in time is ended by the stream's own clock.
    stream_->ws.async_close(why, [self = shared_from_this()](error_code) { self->abort(); });
}

void WebSocket::abort() noexcept {
    closing_ = true;
    error_code ignored;
    beast::get_lowest_layer(stream_->ws).close(ignored);
}

}  // namespace boternity::api
