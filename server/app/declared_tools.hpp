#pragma once

#include "infra/config/config.hpp"
#include "infra/tools/tools.hpp"
#include "types/result.hpp"

namespace boternity::app {

/// What the tools' maker wants to know of a tool that the configuration declares.
infra::DeclaredWebhook webhook_of(const infra::DeclaredTool& declared);

/// What the configuration alone cannot say of it: whether its name is free, its URL and headers can be sent,
/// and its parameters are a schema. InvalidArgument with field.
Status check_declared_tool(const infra::DeclaredTool& declared);

}  // namespace boternity::app
