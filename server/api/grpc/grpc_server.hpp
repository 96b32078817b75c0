#pragma once

#include "api/auth/access_policy.hpp"
#include "api/health_report.hpp"
#include "api/limits.hpp"
#include "api/methods/method_table.hpp"
#include "core/ports/clock.hpp"
#include "core/ports/ids.hpp"
#include "core/ports/log.hpp"
#include "core/runtime/task_scope.hpp"

#include <atomic>
#include <memory>
#include <mutex>

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
    /// unread. The socket belongs to this from here on, also on an error.
    Status adopt(int socket);

    /// Takes no new calls (GOAWAY), waits for those that run until the deadline, then cancels them. Not on an
    /// io thread.
    void drain_blocking(Deadline deadline);

private:
    Status start();

    GrpcOptions options_;
    core::Clock& clock_;
    std::unique_ptr<GrpcService> service_;
    // For the first connection and the drain only.
    std::mutex mutex_;
    std::unique_ptr<grpc::Server> server_;
    bool draining_ = false;
};

}  // namespace boternity::api
