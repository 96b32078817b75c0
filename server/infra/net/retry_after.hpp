#pragma once

#include "infra/net/http_client.hpp"

#include <chrono>
#include <optional>

namespace boternity::infra {

/// How long an answer asks us to wait: `retry-after-ms` (milliseconds, may be fractional), else `Retry-After`
/// in seconds or as an HTTP date (RFC 9110 sections 10.2.3 and 5.6.7). A date counts from the answer's own
/// `Date`, so that neither clock needs to be right; without one it says nothing. At most 24 hours; never
/// negative.
std::optional<std::chrono::milliseconds> retry_after(const HttpHead& head);

/// The answer's own `Date`; nothing without one that can be read.
std::optional<std::chrono::sys_seconds> answered_at(const HttpHead& head);

}  // namespace boternity::infra
