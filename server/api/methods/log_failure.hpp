#pragma once

#include "core/ports/log.hpp"
#include "types/error.hpp"

#include <string>

namespace boternity::api {

/// Logs a failure that is the server's own fault: what HTTP answers with 500 or more. Others leave no line,
/// or clients could fill the log. `call` names what failed: a method, or verb and path.
void log_failure(core::Log& log, const Error& error, const std::string& call, const std::string& request_id);

}  // namespace boternity::api
