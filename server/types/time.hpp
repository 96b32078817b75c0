#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace boternity {

/// A point of wall-clock time: microseconds since 1970-01-01T00:00:00Z, UTC, without leap seconds.
struct Timestamp {
    std::int64_t micros = 0;

    auto operator<=>(const Timestamp&) const = default;

    /// RFC 3339 in UTC with six decimals, e.g. "2026-11-23T09:30:00.000000Z".
    std::string text() const;

    /// Takes what `text` makes, of the years 1970 to 9999; nothing else.
    static std::optional<Timestamp> parse(std::string_view text) noexcept;
};

/// The moment after which nobody waits any longer. Carried downwards and shortened, never extended.
struct Deadline {
    std::chrono::steady_clock::time_point at = std::chrono::steady_clock::time_point::max();

    static constexpr Deadline never() noexcept { return {}; }
    bool operator==(const Deadline&) const = default;
};

}  // namespace boternity
