#pragma once

#include "types/error.hpp"

#include <chrono>
#include <cstdint>
#include <optional>

namespace boternity::core {

/// How often, and after which pause, a provider that failed before it said anything is asked again.
struct RetryPolicy {
    int tries = 3;  ///< in all; 1: never again
    std::chrono::milliseconds first_pause{500};
    /// A provider that wants a longer one is not waited for: whoever asked is told instead. No try begins
    /// later than this after the first.
    std::chrono::milliseconds longest_pause{60'000};
};

/// The pause before the next try, nothing when there shall be none: after what a provider refuses, every time
/// alike; after the last try; and when it wants more time than the policy has.
///
/// A pause that the provider told is kept, with up to a tenth added; others double, each a quarter shorter to
/// a quarter longer, so that the next is always the longer one. `chance` decides within that: callers who
/// failed together shall not come back together. Pure.
std::optional<std::chrono::milliseconds> pause_before_retry(const RetryPolicy& policy, const Error& error,
                                                            int tried, std::chrono::milliseconds since_first,
                                                            std::uint64_t chance) noexcept;

}  // namespace boternity::core
