#pragma once

#include "api/http/wire.hpp"
#include "core/runtime/task.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace boternity::api {

/// Why a connection is closed (RFC 6455 section 7.4.1).
enum class CloseCode : std::uint16_t {
    Normal = 1000,
    GoingAway = 1001,
    Unsupported = 1003,  ///< a kind of message that is not taken
    Policy = 1008,
    TryAgain = 1013,
};

struct WebSocketLimits {
    std::size_t message_bytes = 64 * 1024;  ///< of one message, over all its frames; more closes with 1009
    std::chrono::milliseconds handshake_time{10'000};  ///< for opening, and for the answer to a close
    /// A client that says nothing for half of it is pinged, and cut when it does not answer in the other
    /// half.
    std::chrono::milliseconds idle_time{30'000};
    std::chrono::milliseconds write_time{30'000};  ///< for one message to be taken
};

/// One WebSocket (RFC 6455), server side, without extensions: frames, pings, UTF-8 and the closing handshake
/// are Beast's.
///
/// Threads   everything on the socket's strand. Lifetime  shared by its coroutines and what is under way.
/// Bound     one message that is read and one that is written.
class WebSocket : public std::enable_shared_from_this<WebSocket> {
public:
    WebSocket(Wire::Socket socket, WebSocketLimits limits);
    ~WebSocket();
    WebSocket(const WebSocket&) = delete;
    WebSocket& operator=(const WebSocket&) = delete;

    /// What the client's handshake said; it was checked before.
    struct Handshake {
        std::string target{};
        std::string host{};
        std::string key{};
        std::string subprotocol{};  ///< the one that is spoken; empty for none
        std::string request_id{};
    };

    /// Answers the handshake; false when the client is gone.
    core::Task<bool> accept(Handshake handshake);

    struct Received {
        std::string bytes{};
        bool text = true;
    };
    /// The next message, whole; none when the connection has ended, in whatever way. One reader at a time.
    core::Task<std::optional<Received>> read();

    /// Sends one message; false when the connection has ended, or when the client did not take it in time:
    /// then it is cut. One writer at a time.
    core::Task<bool> write(std::string bytes, bool text = true);

    /// Begins the closing handshake, behind what is being written; the reader hears of its end. Once.
    void close(CloseCode code, std::string_view reason);

    /// Ends it without a word.
    void abort() noexcept;

    core::Strand strand() const;

private:
    struct Stream;

    std::unique_ptr<Stream> stream_;
    bool closing_ = false;
};

}  // namespace boternity::api
