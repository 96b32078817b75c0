#pragma once

#include "types/time.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace boternity::cli {

/// An RFC 3339 time as the API writes it ("2026-11-23T09:30:00.123456Z"); nothing for anything else.
std::optional<Timestamp> parse_time(std::string_view text) noexcept;

/// "just now", "3 min ago", "2 h ago", "5 days ago"; the local date when longer ago than 30 days or not in
/// the past.
std::string relative_time(Timestamp then, Timestamp now);

/// "2026-11-23 09:30:00" in this machine's time zone.
std::string local_time(Timestamp at);

/// "850 ms", "2.4 s", "3 min 12 s", "5 h 3 min", "12 days 4 h".
std::string duration_text(double seconds);

}  // namespace boternity::cli
