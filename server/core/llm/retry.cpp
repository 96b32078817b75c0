#include "core/llm/retry.hpp"

#include <algorithm>

namespace boternity::core {
namespace {

bool may_pass(ErrorCode code) noexcept {
    return code == ErrorCode::UpstreamRateLimited || code == ErrorCode::UpstreamFailed;
}

/// 0 to 1.
double share_of(std::uint64_t chance) noexcept {
    // The bits of an id are not evenly spread: mixed as by SplitMix64 (Steele, Lea and Flood, 2014).
    chance += 0x9e3779b97f4a7c15;
    chance = (chance ^ (chance >> 30)) * 0xbf58476d1ce4e5b9;
    chance = (chance ^ (chance >> 27)) * 0x94d049bb133111eb;
    chance ^= chance >> 31;
    return static_cast<double>(chance >> 11) * 0x1.0p-53;
}

}  // namespace

std::optional<std::chrono::milliseconds> pause_before_retry(const RetryPolicy& policy, const Error& error,
                                                            int tried, std::chrono::milliseconds since_first,
                                                            std::uint64_t chance) noexcept {
    if (tried >= policy.tries || !may_pass(error.code)) return std::nullopt;
    const double share = share_of(chance + static_cast<std::uint64_t>(tried));
    double pause = 0;
    if (error.retry_after) {
        if (*error.retry_after > policy.longest_pause) return std::nullopt;
        pause = static_cast<double>(error.retry_after->count()) * (1.0 + share / 10);
    } else {
        const double doubled = static_cast<double>(policy.first_pause.count()) *
                               static_cast<double>(1 << std::min(tried - 1, 20));
        pause = doubled * (0.75 + share / 2);
    }
    const auto rounded = std::chrono::milliseconds(static_cast<std::int64_t>(pause));
    const auto longest = policy.longest_pause + policy.longest_pause / 10;
    if (since_first + rounded > longest) return std::nullopt;
    return rounded;
}

}  // namespace boternity::core
