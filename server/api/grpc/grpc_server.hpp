#pragma once

#include "api/auth/access_policy.hpp"
#include "api/grpc/handed_over.hpp"
#include "api/health_report.hpp"
#include "api/limits.hpp"
#include "api/methods/method_table.hpp"
#include "core/ports/clock.hpp"
#include "core/ports/ids.hpp"
#include "core/ports/log.hpp"
#include "core/runtime/task_scope.hpp"

#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>

namespace grpc {
class Server;
}

namespace boternity::api {

class GrpcService;

struct GrpcOptions {
    Limits limits{};
    HealthSource health{};
};

/// gRPC on sockets that the listener hands over: every RPC of the method table, grpc.health.v1.Health and
/// grpc.reflection (v1 and v1alpha).
///
/// The library is started with the first connection, so that a server nobody speaks gRPC to does not pay for
/// it.
///
/// Lifetime  what it is made with outlives it; `drain_blocking` before its destruction.
/// Threads   any.
class GrpcServer {
public:
    GrpcServer(GrpcOptions options, const MethodTable& methods, const AccessPolicy& access, core::Log& log,
               core::Clock& clock, core::Ids& ids, core::Executor executor, core::TaskScope& scope);
    ~GrpcServer();

    /// Takes over a connected, non-blocking socket whose client sent the HTTP/2 preface, which is still
    /// unread. The socket belongs to this from here on, also on an error; one beyond the limit is closed, and
    /// its client sees the server as unavailable.
    Status adopt(int socket);

    /// How many it has.
    std::size_t connections(HandedOver::Look look) { return sockets_.size(look); }

    /// Refuses new calls but those of the health service; what runs goes on.
    void stop_accepting();

    /// Takes no new calls (GOAWAY), waits for those that run until the deadline, then cancels them. Not on an
    /// io thread.
    void drain_blocking(Deadline deadline);

private:
    Status start();
    core::Task<Status> end_silent_connections();
    void tell_of(HandedOver::Added added);

    GrpcOptions options_;
    core::Log& log_;
    core::Clock& clock_;
    core::Executor executor_;
    core::TaskScope& scope_;
    HandedOver sockets_;
    std::unique_ptr<GrpcService> service_;
    std::stop_source stop_;
    // For new connections and the drain only.
    std::mutex mutex_;
    std::unique_ptr<grpc::Server> server_;
    bool draining_ = false;
    std::optional<std::chrono::steady_clock::time_point> quiet_until_;  ///< of the log
};

}  // namespace boternity::api
