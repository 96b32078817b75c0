#pragma once

#include "api/http/http_service.hpp"
#include "api/http/wire.hpp"

#include <memory>
#include <stop_token>

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

    /// A request whose head was read; its body may still be on the wire.
    struct Incoming {
        HttpHeadIn head;
        int minor_version = 1;
        bool chunked = false;
        std::size_t length = 0;
        bool wants_continue = false;
        KeepAlive keep_alive = KeepAlive::Yes;
        bool has_body() const noexcept { return chunked || length > 0; }
    };

    core::Task<std::optional<Incoming>> read_head();
    core::Task<std::optional<std::string>> read_body(const Incoming& incoming, const std::string& request_id);
    core::Task<Next> serve_one(Incoming incoming);
    core::Task<Next> send(HttpAnswer answer, const Incoming& incoming, std::string request_id);
    core::Task<Next> send_stream(HttpStream stream, const Incoming& incoming, std::string request_id,
                                 std::stop_token stop);
    core::Task<void> refuse(HttpAnswer answer, std::string request_id);
    std::string new_request_id();

    std::shared_ptr<Wire> wire_;
    HttpService& service_;
    const Limits& limits_;
    bool finishing_ = false;
    bool idle_ = true;
    std::stop_source stop_;  ///< of the call that runs
};

}  // namespace boternity::api
