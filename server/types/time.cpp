#include "types/time.hpp"

#include <cstdio>

namespace boternity {

std::string Timestamp::text() const {
    using namespace std::chrono;
    const sys_time<microseconds> at{microseconds{micros}};
    const auto day = floor<days>(at);
    const year_month_day date{day};
    const hh_mm_ss<microseconds> clock{at - day};
    char out[48];
    const int length = std::snprintf(
        out, sizeof out, "%04d-%02u-%02uT%02d:%02d:%02d.%06dZ", static_cast<int>(date.year()),
        static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
        static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
        static_cast<int>(clock.seconds().count()), static_cast<int>(clock.subseconds().count()));
    return {out, static_cast<std::size_t>(length)};
}

std::optional<Timestamp> Timestamp::parse(std::string_view text) noexcept {
    using namespace std::chrono;
    constexpr std::string_view kShape = "dddd-dd-ddTdd:dd:dd.ddddddZ";
    if (text.size() != kShape.size()) return std::nullopt;
    for (std::size_t i = 0; i < kShape.size(); ++i) {
        const bool digit = text[i] >= '0' && text[i] <= '9';
        if (kShape[i] == 'd' ? !digit : text[i] != kShape[i]) return std::nullopt;
    }
    const auto number = [&](std::size_t at, std::size_t count) {
        int value = 0;
        for (std::size_t i = at; i < at + count; ++i) value = value * 10 + (text[i] - '0');
        return value;
    };
    const year_month_day date{year{number(0, 4)}, month{static_cast<unsigned>(number(5, 2))},
                              day{static_cast<unsigned>(number(8, 2))}};
    if (!date.ok() || date.year() < year{1970} || number(11, 2) > 23 || number(14, 2) > 59 ||
        number(17, 2) > 59) {
        return std::nullopt;
    }
    const auto at = sys_days{date} + hours{number(11, 2)} + minutes{number(14, 2)} + seconds{number(17, 2)};
    return Timestamp{duration_cast<microseconds>(at.time_since_epoch()).count() + number(20, 6)};
}

}  // namespace boternity
