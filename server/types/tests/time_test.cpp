#include "types/time.hpp"

#include <gtest/gtest.h>

namespace boternity {
namespace {

TEST(Timestamp, IsWrittenAsRfc3339) {
    EXPECT_EQ(Timestamp{0}.text(), "1970-01-01T00:00:00.000000Z");
    EXPECT_EQ(Timestamp{1'767'225'600'000'001}.text(), "2026-01-01T00:00:00.000001Z");
    EXPECT_EQ(Timestamp{951'782'400'000'000}.text(), "2000-02-29T00:00:00.000000Z");
    EXPECT_EQ(Timestamp{-1}.text(), "1969-12-31T23:59:59.999999Z");
}

}  // namespace
}  // namespace boternity
