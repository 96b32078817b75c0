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

}  // namespace boternity
