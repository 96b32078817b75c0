#include "infra/net/retry_after.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <string>
#include <string_view>

namespace boternity::infra {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kLongest = std::chrono::hours(24);

std::optional<double> number(std::string_view text) noexcept {
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || !std::isfinite(value))
        return std::nullopt;
    return value;
}

std::optional<milliseconds> bounded(double wait_ms) noexcept {
    if (wait_ms < 0) return std::nullopt;
    return milliseconds(static_cast<std::int64_t>(std::min(std::ceil(wait_ms), double(kLongest.count()))));
}

std::optional<int> digits(std::string_view text) noexcept {
    int value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || value < 0) return std::nullopt;
    return value;
}

/// An IMF-fixdate, the only form that may be generated: "Sun, 06 Nov 1994 08:49:37 GMT".
std::optional<std::chrono::sys_seconds> http_date(std::string_view text) noexcept {
    constexpr std::array<std::string_view, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    if (text.size() != 29 || text.substr(3, 2) != ", " || text.substr(25) != " GMT") return std::nullopt;
    const auto month = std::ranges::find(months, text.substr(8, 3));
    const auto day = digits(text.substr(5, 2));
    const auto year = digits(text.substr(12, 4));
    const auto hour = digits(text.substr(17, 2));
    const auto minute = digits(text.substr(20, 2));
    const auto second = digits(text.substr(23, 2));
    if (month == months.end() || !day || !year || !hour || !minute || !second) return std::nullopt;
    const std::chrono::year_month_day date{
        std::chrono::year(*year), std::chrono::month(static_cast<unsigned>(month - months.begin() + 1)),
        std::chrono::day(static_cast<unsigned>(*day))};
    if (!date.ok() || *hour > 23 || *minute > 59 || *second > 60) return std::nullopt;
    return std::chrono::sys_days(date) + std::chrono::hours(*hour) + std::chrono::minutes(*minute) +
           std::chrono::seconds(*second);
}

}  // namespace

std::optional<milliseconds> retry_after(const HttpHead& head) {
    if (const auto wait = number(head.header("retry-after-ms"))) return bounded(*wait);
    const std::string_view text = head.header("retry-after");
    if (const auto wait = number(text)) return bounded(*wait * 1000);
    const auto until = http_date(text);
    const auto now = http_date(head.header("date"));
    if (!until || !now) return std::nullopt;
    return std::clamp<milliseconds>(*until - *now, milliseconds(0), kLongest);
}

std::optional<std::chrono::sys_seconds> answered_at(const HttpHead& head) {
    return http_date(head.header("date"));
}

}  // namespace boternity::infra
