#include "infra/clock/random_ids.hpp"
#include "infra/clock/system_clock.hpp"
#include "testing/manual_clock.hpp"

#include <gtest/gtest.h>

#include <chrono>

namespace boternity::infra {
namespace {

TEST(RandomIds, RiseStrictlyWithinAMillisecondAndWhenTheClockGoesBack) {
    testing::ManualClock clock;
    RandomIds ids(clock);
    auto last = ids.next();
    for (int i = 0; i < 10'000; ++i) {
        if (i % 1000 == 0) clock.advance(std::chrono::milliseconds(-5));
        const auto next = ids.next();
        ASSERT_LT(last, next) << i;
        last = next;
    }
}

TEST(RandomIds, AreVersionSeven) {
    const SystemClock clock;
    RandomIds ids(clock);
    const auto text = ids.next().text();
    EXPECT_EQ(text[14], '7');
    EXPECT_NE(std::string("89ab").find(text[19]), std::string::npos) << text;
}

}  // namespace
}  // namespace boternity::infra
