#include "cli/when.hpp"

#include <fmt/format.h>

#include <charconv>
#include <chrono>
#include <cmath>
#include <ctime>

namespace boternity::cli {
namespace {

constexpr std::int64_t kSecond = 1'000'000;
constexpr std::int64_t kMinute = 60 * kSecond;
constexpr std::int64_t kHour = 60 * kMinute;
constexpr std::int64_t kDay = 24 * kHour;

std::optional<int> number(std::string_view text, std::size_t from, std::size_t count) noexcept {
    if (from + count > text.size()) return std::nullopt;
    int value = 0;
    const char* end = text.data() + from + count;
    const auto [stop, error] = std::from_chars(text.data() + from, end, value);
    if (error != std::errc{} || stop != end || value < 0) return std::nullopt;
    return value;
}

std::tm local_parts(Timestamp at) {
    const std::time_t seconds = at.micros / kSecond;
    std::tm parts{};
    localtime_r(&seconds, &parts);
    return parts;
}

}  // namespace

std::optional<Timestamp> parse_time(std::string_view text) noexcept {
    if (text.size() < 20 || text[4] != '-' || text[7] != '-' || text[10] != 'T' || text[13] != ':' ||
        text[16] != ':' || text.back() != 'Z') {
        return std::nullopt;
    }
    const auto year = number(text, 0, 4);
    const auto month = number(text, 5, 2);
    const auto day = number(text, 8, 2);
    const auto hour = number(text, 11, 2);
    const auto minute = number(text, 14, 2);
    const auto second = number(text, 17, 2);
    if (!year || !month || !day || !hour || !minute || !second) return std::nullopt;
    const std::chrono::year_month_day date(std::chrono::year(*year),
                                           std::chrono::month(static_cast<unsigned>(*month)),
                                           std::chrono::day(static_cast<unsigned>(*day)));
    if (!date.ok() || *hour > 23 || *minute > 59 || *second > 60) return std::nullopt;
    std::int64_t fraction = 0;
    const std::string_view tail = text.substr(19, text.size() - 20);
    if (!tail.empty()) {
        if (tail.front() != '.' || tail.size() < 2 || tail.size() > 10) return std::nullopt;
        const auto digits = number(tail, 1, tail.size() - 1);
        if (!digits) return std::nullopt;
        fraction = *digits;
        for (std::size_t i = tail.size() - 1; i < 9; ++i) fraction *= 10;
        fraction /= 1000;
    }
    const std::int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
    return Timestamp{days * kDay + *hour * kHour + *minute * kMinute + *second * kSecond + fraction};
}

std::string relative_time(Timestamp then, Timestamp now) {
    const std::int64_t age = now.micros - then.micros;
    // A few seconds of difference between two machines' clocks are not the future.
    if (age < -5 * kMinute || age >= 30 * kDay) return local_time(then).substr(0, 10);
    if (age < 10 * kSecond) return "just now";
    if (age < kMinute) return fmt::format("{} s ago", age / kSecond);
    if (age < kHour) return fmt::format("{} min ago", age / kMinute);
    if (age < kDay) return fmt::format("{} h ago", age / kHour);
    const auto days = age / kDay;
    return days == 1 ? "1 day ago" : fmt::format("{} days ago", days);
}

std::string local_time(Timestamp at) {
    const std::tm parts = local_parts(at);
    return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02}", parts.tm_year + 1900, parts.tm_mon + 1,
                       parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec);
}

std::string duration_text(double seconds) {
    if (!(seconds >= 0)) return {};
    if (seconds < 1) return fmt::format("{:.0f} ms", seconds * 1000);
    if (seconds < 60) return fmt::format("{:.1f} s", seconds);
    const auto whole = static_cast<std::int64_t>(std::llround(seconds));
    if (whole < 3600) return fmt::format("{} min {} s", whole / 60, whole % 60);
    if (whole < 86'400) return fmt::format("{} h {} min", whole / 3600, whole % 3600 / 60);
    return fmt::format("{} days {} h", whole / 86'400, whole % 86'400 / 3600);
}

}  // namespace boternity::cli
