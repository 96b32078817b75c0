#include "types/error.hpp"

namespace boternity {

std::string_view code_name(ErrorCode code) noexcept {
    switch (code) {
    case ErrorCode::InvalidArgument: return "invalid_argument";
    case ErrorCode::NotFound: return "not_found";
    case ErrorCode::AlreadyExists: return "already_exists";
    case ErrorCode::WrongState: return "wrong_state";
    case ErrorCode::StaleEtag: return "stale_etag";
    case ErrorCode::IdempotencyReuse: return "idempotency_reuse";
    case ErrorCode::Unauthenticated: return "unauthenticated";
    case ErrorCode::PermissionDenied: return "permission_denied";
    case ErrorCode::TooLarge: return "too_large";
    case ErrorCode::RateLimited: return "rate_limited";
    case ErrorCode::Cancelled: return "cancelled";
    case ErrorCode::DeadlineExceeded: return "deadline_exceeded";
    case ErrorCode::Expired: return "expired";
    case ErrorCode::LimitExceeded: return "limit_exceeded";
    case ErrorCode::Unavailable: return "unavailable";
    case ErrorCode::StorageFull: return "storage_full";
    case ErrorCode::ContextTooLong: return "context_too_long";
    case ErrorCode::UpstreamAuth: return "upstream_auth";
    case ErrorCode::UpstreamRateLimited: return "upstream_rate_limited";
    case ErrorCode::UpstreamRefused: return "upstream_refused";
    case ErrorCode::UpstreamFailed: return "upstream_failed";
    case ErrorCode::Unimplemented: return "unimplemented";
    case ErrorCode::Internal: return "internal";
    }
    return "internal";
}

}  // namespace boternity
