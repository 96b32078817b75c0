#pragma once

#include "api/health_report.hpp"
#include "api/methods/method_table.hpp"
#include "core/ports/clock.hpp"

namespace boternity::api {

/// grpc.health.v1.Health over the server's own report: the same answer as `/readyz`, for the server as a
/// whole ("") and for each service of the contract. Another name is NOT_FOUND (Check) or SERVICE_UNKNOWN
/// (Watch).
void add_health_methods(MethodTable& table, HealthSource health, const core::Clock& clock);

}  // namespace boternity::api
