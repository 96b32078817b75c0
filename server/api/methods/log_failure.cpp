#include "api/methods/log_failure.hpp"

#include "api/methods/error_map.hpp"

namespace boternity::api {

void log_failure(core::Log& log, const Error& error, const std::string& call, const std::string& request_id) {
    if (wire_error(error.code).http_status < 500) return;
    log.write(error.code == ErrorCode::Internal ? core::LogLevel::Error : core::LogLevel::Warn,
              "request_failed",
              {{"call", call},
               {"request_id", request_id},
               {"code", std::string(code_name(error.code))},
               {"error", error.message},
               {"detail", error.detail}});
}

}  // namespace boternity::api
