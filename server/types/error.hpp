#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace boternity {

/// Every way a request can fail. Closed: a new code needs its row in `code_name`, in the REST status and in
/// the gRPC status.
enum class ErrorCode {
    InvalidArgument,      ///< the request itself is wrong; asking again changes nothing
    NotFound,             ///< no such thing, or none that the caller may see
    AlreadyExists,        ///< a unique name is taken
    WrongState,           ///< the thing is in a state that does not allow this
    StaleEtag,            ///< changed since the caller read it
    IdempotencyReuse,     ///< the idempotency key was used for a different request
    Unauthenticated,      ///< no valid credential
    PermissionDenied,     ///< a valid caller may not do this, or comes from a foreign place
    TooLarge,             ///< over a stated size limit
    RateLimited,          ///< over a stated rate or queue limit; `retry_after` may be set
    Cancelled,            ///< somebody cancelled it
    DeadlineExceeded,     ///< the caller's or our own deadline passed
    Expired,              ///< it comes too late to be of use
    LimitExceeded,        ///< a run has used up what it may use
    Unavailable,          ///< draining, starting, or a resource is missing for now
    StorageFull,          ///< the disk is full; nothing was changed
    ContextTooLong,       ///< the newest message and the soul alone exceed the model's window
    UpstreamAuth,         ///< the provider refused the key, or no key is set
    UpstreamRateLimited,  ///< the provider says slow down; `retry_after` may be set
    UpstreamRefused,      ///< the provider says the request is wrong (4xx)
    UpstreamFailed,       ///< the provider failed, hung, cut the stream or sent what it should not
    Unimplemented,        ///< no such operation
    Internal,             ///< a defect of ours
};

/// The code's name on every wire: lower-case words joined by `_`, e.g. "stale_etag".
std::string_view code_name(ErrorCode code) noexcept;

/// One failure.
///
/// `message` is one sentence in plain English that is safe to show and says what to do. `detail` is for logs
/// only and may hold what a third party said; it never holds a secret.
struct Error {
    ErrorCode code = ErrorCode::Internal;
    std::string message;
    std::optional<std::chrono::milliseconds> retry_after{};
    std::string detail{};
    /// Where in the request the fault is, as a path such as "settings.temperature"; empty when not one place.
    std::string field{};

    /// The same error with what the caller of the failed function was doing put into the log detail.
    Error within(std::string_view doing) && {
        detail = std::string(doing) + (detail.empty() ? "" : ": " + detail);
        return std::move(*this);
    }
};

inline Error invalid_argument(std::string message, std::string field = {}) {
    return {.code = ErrorCode::InvalidArgument, .message = std::move(message), .field = std::move(field)};
}

inline Error not_found(std::string message) {
    return {.code = ErrorCode::NotFound, .message = std::move(message)};
}

inline Error internal_error(std::string detail) {
    return {.code = ErrorCode::Internal,
            .message = "Something went wrong inside Boternity; the server's log has the details.",
            .detail = std::move(detail)};
}

}  // namespace boternity
