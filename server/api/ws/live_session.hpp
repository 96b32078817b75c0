#pragma once

#include "api/limits.hpp"
#include "api/methods/method_table.hpp"
#include "api/ws/web_socket.hpp"
#include "boternity/v1/live.pb.h"
#include "core/ports/log.hpp"
#include "core/runtime/context.hpp"
#include "core/runtime/signal.hpp"
#include "core/runtime/turnstile.hpp"

#include <map>
#include <memory>
#include <stop_token>
#include <string>

namespace boternity::api {

/// What is spoken over one WebSocket (contract: live.proto): a client opens streams of the method table, any
/// number at a time up to a limit, and each is pulled on its own. Nothing is gathered for a client: the next
/// message is only asked for when the socket took the last one, so a slow one costs its place in each stream.
///
/// Threads   on the socket's strand. Lifetime  shared by its coroutines; table, log and limits outlive them.
class LiveSession : public std::enable_shared_from_this<LiveSession> {
public:
    LiveSession(std::shared_ptr<WebSocket> socket, const MethodTable& methods, core::Log& log,
                const Limits& limits, core::Principal principal, std::string request_id);

    /// Serves until the connection ends; nothing of it runs any more then.
    core::Task<void> serve();

    /// The server drains: the client is told to come back, and every stream ends.
    void finish();

    /// Ends it without a word.
    void abort();

private:
    core::Task<void> handle(std::string text);
    core::Task<void> fault(std::string id, Error error);
    void open(std::string id, std::string_view method, MessagePtr request);
    /// Opens one stream and sends what it says, to its end.
    static core::Task<void> pump(std::shared_ptr<LiveSession> self, std::string id, std::string method,
                                 MessagePtr request, std::stop_token stop);
    static core::Task<Status> send_stream(std::shared_ptr<LiveSession> self, std::string id,
                                          std::string method, MessagePtr request, std::stop_token stop);
    core::Task<bool> send(v1::LiveMessage message);

    std::shared_ptr<WebSocket> socket_;
    const MethodTable& methods_;
    core::Log& log_;
    const Limits& limits_;
    core::Principal principal_;
    std::string request_id_;
    core::Turnstile writing_;
    core::Signal changed_;
    std::map<std::string, std::stop_source, std::less<>> streams_;  ///< by the client's id
    std::size_t faults_ = 0;
};

}  // namespace boternity::api
