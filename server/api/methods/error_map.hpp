#pragma once

#include "types/error.hpp"

#include <string_view>

namespace boternity::api {

/// What an error is on the wires. Every `ErrorCode` has one row.
struct WireError {
    int http_status = 500;
    int grpc_code = 13;  ///< grpc::StatusCode; a plain number, since HTTP needs no gRPC header
    /// RFC 9457 `title`: what kind of problem, the same for every occurrence.
    std::string_view title;
};

/// Two rows need a reason. ContextTooLong is 422: the request is well formed, what it holds cannot be done.
/// UpstreamRateLimited is 503, not 429: the caller kept its own limits, a server behind this one is busy;
/// `Retry-After` says for how long.
WireError wire_error(ErrorCode code) noexcept;

/// The registered reason phrase, or one of our own for 499 (a client that hung up).
std::string_view reason_phrase(int http_status) noexcept;

}  // namespace boternity::api
