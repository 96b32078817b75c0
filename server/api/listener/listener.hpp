#pragma once

#include "api/grpc/grpc_server.hpp"
#include "api/http/http_connection.hpp"
#include "api/limits.hpp"
#include "api/listener/first_bytes.hpp"
#include "core/ports/clock.hpp"
#include "core/ports/log.hpp"
#include "core/runtime/task_scope.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
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

    /// The address that `host` names. InvalidArgument for anything but a number or "localhost".
    static Result<boost::asio::ip::address> read_address(const std::string& host);

    /// Binds. Unavailable, in one sentence, when the address is taken or not ours.
    static Result<Acceptor> bind(core::Executor executor, const std::string& host, std::uint16_t port);

    Listener(Ports ports, Acceptor acceptor);

    /// Begins to accept.
    void start();

    /// No new connections; those that are idle end, the others after the answer they are making.
    void stop_accepting();

    /// Waits for the HTTP connections to end: true when none is left. Not on an io thread.
    bool wait_idle_blocking(Deadline deadline);

    /// Ends what is left.
    void abort();

private:
    core::Task<Status> accept();
    bool is_full();
    void tell_of_pause(std::string reason);
    void enter();
    void leave();
    core::Task<Status> receive(std::shared_ptr<Wire::Socket> socket);
    core::Task<std::optional<Protocol>> decide(std::shared_ptr<Wire::Socket> socket);
    core::Task<Status> serve_http(std::shared_ptr<HttpConnection> connection);
    std::vector<std::shared_ptr<HttpConnection>> connections() const;

    Ports ports_;
    core::Strand strand_;
    Acceptor acceptor_;
    std::size_t most_;
    std::optional<std::chrono::steady_clock::time_point> quiet_until_;  ///< on `strand_`
    std::atomic<std::size_t> open_{0};                                  ///< HTTP, or not known yet
    std::atomic<bool> stopping_{false};
    std::stop_source stop_;
    // Entered and left by connections on any thread; never held over a wait.
    mutable std::mutex mutex_;
    std::unordered_set<std::shared_ptr<HttpConnection>> http_;
    std::condition_variable idle_;  ///< only for the thread that waits at shutdown
};

}  // namespace boternity::api
