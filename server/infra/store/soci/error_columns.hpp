#pragma once

#include "core/runs/run.hpp"

#include <chrono>
#include <optional>
#include <string>

namespace boternity::infra::store {

/// What `error_retry_ms` holds.
inline std::optional<long long> milliseconds_of(std::optional<std::chrono::milliseconds> duration) {
    if (!duration) return std::nullopt;
    return duration->count();
}

/// An error as its three columns hold it.
inline core::RunError error_from(ErrorCode code, const std::optional<std::string>& message,
                                 std::optional<long long> retry_ms) {
    core::RunError error{.code = code, .message = message.value_or("")};
    if (retry_ms) error.retry_after = std::chrono::milliseconds(*retry_ms);
    return error;
}

}  // namespace boternity::infra::store
