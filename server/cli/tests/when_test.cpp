#include "cli/when.hpp"

#include <gtest/gtest.h>

namespace boternity::cli {
namespace {

TEST(Times, AreReadAsTheApiWritesThem) {
    EXPECT_EQ(parse_time("1970-01-01T00:00:00Z"), Timestamp{0});
    EXPECT_EQ(parse_time("2026-11-23T09:30:00Z"), Timestamp{1'795'426'200'000'000});
    EXPECT_EQ(parse_time("2026-11-23T09:30:00.5Z"), Timestamp{1'795'426'200'500'000});
    EXPECT_EQ(parse_time("2026-11-23T09:30:00.123456Z"), Timestamp{1'795'426'200'123'456});
    EXPECT_EQ(parse_time("2026-11-23T09:30:00.123456789Z"), Timestamp{1'795'426'200'123'456});
    EXPECT_EQ(parse_time(Timestamp{1'795'426'200'123'456}.text()), Timestamp{1'795'426'200'123'456});
    for (const auto* wrong :
         {"", "Z", "2026-11-23", "2026-02-30T00:00:00Z", "2026-11-23T24:00:00Z", "2026-11-23 09:30:00Z",
          "2026-11-23T09:30:00", "2026-11-23T09:30:00.Z", "2026-11-23T09:30:00.1234567890Z",
          "2026-1a-23T09:30:00Z", "2026-11-23T09:30:00+01:00"}) {
        EXPECT_EQ(parse_time(wrong), std::nullopt) << wrong;
    }
}

TEST(Times, AreToldAsAPersonWould) {
    const Timestamp now{1'795'426'200'000'000};
    const auto ago = [&](std::int64_t seconds) {
        return relative_time(Timestamp{now.micros - seconds * 1'000'000}, now);
    };
    EXPECT_EQ(ago(-2), "just now");  // another machine's clock
    EXPECT_EQ(ago(9), "just now");
    EXPECT_EQ(ago(42), "42 s ago");
    EXPECT_EQ(ago(60), "1 min ago");
    EXPECT_EQ(ago(3599), "59 min ago");
    EXPECT_EQ(ago(7200), "2 h ago");
    EXPECT_EQ(ago(86'400), "1 day ago");
    EXPECT_EQ(ago(29 * 86'400), "29 days ago");
    EXPECT_EQ(ago(60 * 86'400).size(), 10U);  // a date
    EXPECT_EQ(ago(-3600).size(), 10U);
}

TEST(Times, DurationsHaveTwoUnitsAtMost) {
    EXPECT_EQ(duration_text(0.0123), "12 ms");
    EXPECT_EQ(duration_text(2.44), "2.4 s");
    EXPECT_EQ(duration_text(192), "3 min 12 s");
    EXPECT_EQ(duration_text(18'180), "5 h 3 min");
    EXPECT_EQ(duration_text(1'051'200), "12 days 4 h");
    EXPECT_EQ(duration_text(-1), "");
}

}  // namespace
}  // namespace boternity::cli
