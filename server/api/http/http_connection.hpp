#pragma once

#include "api/http/http_service.hpp"
#include "api/http/wire.hpp"
#include "api/ws/live_session.hpp"

#include <boost/asio/steady_timer.hpp>

#include <memory>
#include <optional>
#include <stop_token>
#include <string>

namespace boternity::api {

/// One HTTP/1.1 connection: requests in, answers out, in order (RFC 9112).
///
/// Threads   on its wire's strand. Lifetime  shared by its coroutine and the listener.
class HttpConnection : public std::enable_shared_from_this<HttpConnection> {
public:
    HttpConnection(std::shared_ptr<Wire> wire, HttpService& service);

    /// Serves until the client leaves, misbehaves, stays idle too long, or the server drains.
    core::Task<Status> serve();

    /// The server drains: the answer that is made now is the last. An idle connection ends at once.
    void finish();

    /// Ends what still runs.
    void abort();

    core::Strand strand() { return wire_->strand(); }

private:
    enum class Next { KeepAlive, Close };

    /// How long a call goes on for a client that sends no more.
    enum class Patience { None, HalfClose };

    /// A request whose head was read; its body may still be on the wire.
    struct Incoming {
        HttpHeadIn head;
        int minor_version = 1;
        bool wants_continue = false;
        KeepAlive keep_alive = KeepAlive::Yes;
    };

    core::Task<std::optional<Incoming>> read_head();
    core::Task<std::optional<std::string>> read_body(const Incoming& incoming, std::size_t limit,
                                                     std::string request_id);
    core::Task<Next> serve_one(Incoming incoming);
    core::Task<Next> send(HttpAnswer answer, Incoming incoming, std::string request_id);
    core::Task<Next> send_stream(MessageStreamPtr stream, Incoming incoming, std::string request_id);
    /// The bytes of one file, as an attachment. Once some of them are sent, a failure cuts the connection:
    /// the client sees that the file is not whole.
    core::Task<Next> send_file(MessageStreamPtr stream, Incoming incoming, std::string request_id);
    /// From here on a WebSocket, to its end.
    core::Task<Next> upgrade(Incoming incoming, core::Principal principal, std::string request_id);
    /// Answers and ends the connection: what follows on it cannot be trusted, or will not be read.
    core::Task<void> refuse(HttpAnswer answer, std::string request_id);
    core::Task<void> refuse_malformed(int status, std::string why);
    void watch(Patience patience);
    void unwatch();
    KeepAlive keeps(const Incoming& incoming) const noexcept;
    std::string new_request_id();

    std::shared_ptr<Wire> wire_;
    HttpService& service_;
    const Limits& limits_;
    bool first_ = true;
    bool finishing_ = false;
    bool idle_ = true;
    std::stop_source stop_;  ///< of the call that runs
    std::optional<boost::asio::steady_timer> half_close_;
    std::shared_ptr<LiveSession> live_;  ///< once it is a WebSocket
};

}  // namespace boternity::api
