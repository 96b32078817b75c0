#pragma once

#include "api/auth/access_policy.hpp"
#include "api/health_report.hpp"
#include "api/limits.hpp"
#include "api/methods/method_table.hpp"
#include "core/ports/clock.hpp"
#include "core/ports/ids.hpp"
#include "core/ports/log.hpp"
#include "core/runtime/task_scope.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace boternity::api {

struct GatewayOptions {
    std::string listen{};  ///< ADDRESS:PORT, an IPv6 address in brackets; port 0 takes a free one
    std::string token{};   ///< the owner's
    std::vector<std::string> allowed_hosts{};
    Limits limits{};
    HealthSource health{};
    std::string version{};
};

/// InvalidArgument, naming it and the right form, for what is no ADDRESS:PORT.
Status check_listen(std::string_view listen);

/// Everything that is spoken on the one port.
///
/// Lifetime  what it is made with outlives it. Ends with `drain_blocking`, after which `scope` is waited for
/// and
///           only then the gateway is destroyed.
class Gateway {
public:
    Gateway(GatewayOptions options, const MethodTable& methods, core::Log& log, core::Clock& clock,
            core::Ids& ids, core::Executor executor, core::TaskScope& scope);
    ~Gateway();

    /// Binds and answers the address as "HOST:PORT"; clients wait in the kernel's queue until `serve`.
    /// InvalidArgument or Unavailable, in one sentence that says what to do.
    Result<std::string> listen();

    /// Begins to serve, once `listen` has succeeded.
    void serve();

    /// No new connections and calls; idle ones end.
    void stop_accepting();

    /// Stops accepting, lets requests and streams that run go on until the deadline, and ends what is left
    /// then. Not on an io thread.
    void drain_blocking(Deadline deadline);

private:
    struct Parts;

    GatewayOptions options_;
    const MethodTable& methods_;
    core::Log& log_;
    core::Clock& clock_;
    core::Ids& ids_;
    core::Executor executor_;
    core::TaskScope& scope_;
    std::unique_ptr<Parts> parts_;
};

}  // namespace boternity::api
