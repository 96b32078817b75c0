#pragma once

#include "api/grpc/grpc_server.hpp"
#include "api/http/http_connection.hpp"
#include "api/limits.hpp"
#include "core/ports/clock.hpp"
#include "core/ports/log.hpp"
#include "core/runtime/task_scope.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_set>

namespace boternity::api {

/// The one port. Its connections' first bytes decide: the HTTP/2 preface hands the socket to gRPC, all else
/// is HTTP/1.1.
///
/// Threads   `open` and the drain from one thread; connections each on a strand of their own.
/// Bound     `limits.connections`; when they or the process's files are used up, accepting pauses.
class Listener {
public:
    struct Ports {
        HttpService& http;
        GrpcServer& grpc;
        core::Log& log;
        core::Clock& clock;
        core::Executor executor;
        core::TaskScope& scope;
        Limits limits;
    };

    using Acceptor = boost::asio::ip::tcp::acceptor;

    /// Binds. Unavailable, in one sentence, when the address is taken or not ours.
    static Result<Acceptor> bind(core::Executor executor, const std::string& host, std::uint16_t port);

    Listener(Ports ports, Acceptor acceptor);

    /// Begins to accept.
    void start();

    /// No new connections; those that are idle end, the others after the answer they are making.
    void stop_accepting();

    /// Ends what is left.
    void abort();

private:
    core::Task<Status> accept();
    core::Task<Status> receive(Wire::Socket socket);
    core::Task<Status> serve_http(std::shared_ptr<HttpConnection> connection);
    std::vector<std::shared_ptr<HttpConnection>> connections() const;

    Ports ports_;
    core::Strand strand_;
    Acceptor acceptor_;
    std::size_t most_;
    std::atomic<std::size_t> open_{0};
    std::atomic<bool> stopping_{false};
    // Entered and left by connections on any thread; never held over a wait.
    mutable std::mutex mutex_;
    std::unordered_set<std::shared_ptr<HttpConnection>> http_;
};

}  // namespace boternity::api
