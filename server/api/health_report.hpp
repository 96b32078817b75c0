#pragma once

#include <functional>
#include <string>
#include <vector>

namespace boternity::api {

/// Whether the server can take work, for `/readyz` and grpc.health.v1.Health.
struct HealthReport {
    bool ready = true;
    std::vector<std::string> reasons{};  ///< one sentence each; why it is not ready, or what needs a person
};

/// Called on an io thread for every question: must not block.
using HealthSource = std::function<HealthReport()>;

}  // namespace boternity::api
