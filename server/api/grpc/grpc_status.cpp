#include "api/grpc/grpc_status.hpp"

#include "api/methods/error_map.hpp"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

#include <chrono>

namespace boternity::api {

grpc::Status to_grpc_status(const Error& error) {
    google::rpc::Status details;
    const auto code = static_cast<grpc::StatusCode>(wire_error(error.code).grpc_code);
    details.set_code(code);
    details.set_message(error.message);
    google::rpc::ErrorInfo info;
    info.set_reason(std::string(code_name(error.code)));
    info.set_domain("boternity");
    details.add_details()->PackFrom(info);
    if (!error.field.empty()) {
        google::rpc::BadRequest bad;
        auto& violation = *bad.add_field_violations();
        violation.set_field(error.field);
        violation.set_description(error.message);
        details.add_details()->PackFrom(bad);
    }
    if (error.retry_after) {
        google::rpc::RetryInfo retry;
        const auto millis = error.retry_after->count();
        retry.mutable_retry_delay()->set_seconds(millis / 1'000);
        retry.mutable_retry_delay()->set_nanos(static_cast<int>(millis % 1'000) * 1'000'000);
        details.add_details()->PackFrom(retry);
    }
    return {code, error.message, details.SerializeAsString()};
}

}  // namespace boternity::api
