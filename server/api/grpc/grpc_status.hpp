#pragma once

#include "types/error.hpp"

#include <grpcpp/support/status.h>

namespace boternity::api {

/// The error as gRPC carries it: code and message, and in `grpc-status-details-bin` a google.rpc.Status with
/// an ErrorInfo (reason: our code, domain: "boternity"), a BadRequest for the field at fault and a RetryInfo.
grpc::Status to_grpc_status(const Error& error);

}  // namespace boternity::api
