#include "infra/net/retry_after.hpp"

#include <gtest/gtest.h>

namespace boternity::infra {
namespace {

using std::chrono::milliseconds;
using Wait = std::optional<milliseconds>;

Wait told(std::vector<std::pair<std::string, std::string>> headers) {
    return retry_after({.status = 429, .headers = std::move(headers)});
}

TEST(RetryAfter, ReadsSecondsAndMilliseconds) {
    EXPECT_EQ(told({{"Retry-After", "7"}}), milliseconds(7'000));
    EXPECT_EQ(told({{"retry-after", "0"}}), milliseconds(0));
    EXPECT_EQ(told({{"RETRY-AFTER", "1.5"}}), milliseconds(1'500));
    EXPECT_EQ(told({{"Retry-After", "7"}, {"Retry-After-Ms", "250"}}), milliseconds(250));
}

TEST(RetryAfter, ADateCountsFromTheAnswersOwnDate) {
    EXPECT_EQ(
        told({{"Date", "Sun, 06 Nov 1994 08:49:37 GMT"}, {"Retry-After", "Sun, 06 Nov 1994 08:50:07 GMT"}}),
        milliseconds(30'000));
    EXPECT_EQ(
        told({{"Date", "Sun, 06 Nov 1994 08:49:37 GMT"}, {"Retry-After", "Sun, 06 Nov 1994 08:00:00 GMT"}}),
        milliseconds(0));
    EXPECT_EQ(told({{"Retry-After", "Sun, 06 Nov 1994 08:50:07 GMT"}}), std::nullopt);
}

TEST(RetryAfter, IsBoundedAndIgnoresNonsense) {
    EXPECT_EQ(told({{"Retry-After", "99999999999999999999"}}), milliseconds(24 * 3'600'000));
    for (const char* text : {"", "-1", "soon", "7s", "nan", "inf", "0x10", "Sun, 32 Nov 1994 08:49:37 GMT",
                             "Sun, 06 Foo 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 PST"}) {
        EXPECT_EQ(told({{"Date", "Sun, 06 Nov 1994 08:49:37 GMT"}, {"Retry-After", text}}), std::nullopt)
            << text;
    }
    EXPECT_EQ(told({}), std::nullopt);
}

}  // namespace
}  // namespace boternity::infra
