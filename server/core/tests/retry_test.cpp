#include "core/llm/retry.hpp"

#include <gtest/gtest.h>

#include <set>

namespace boternity::core {
namespace {

using namespace std::chrono_literals;

Error failed() {
    return {.code = ErrorCode::UpstreamFailed};
}

std::optional<std::chrono::milliseconds> pause(const Error& error, int tried, std::uint64_t chance = 1,
                                               std::chrono::milliseconds since = 0ms) {
    return pause_before_retry({}, error, tried, since, chance);
}

TEST(Retry, WhatMayPassIsTriedThreeTimesInAll) {
    for (const auto code : {ErrorCode::UpstreamFailed, ErrorCode::UpstreamRateLimited}) {
        EXPECT_TRUE(pause({.code = code}, 1));
        EXPECT_TRUE(pause({.code = code}, 2));
        EXPECT_FALSE(pause({.code = code}, 3));
    }
    EXPECT_FALSE(pause_before_retry({.tries = 1}, failed(), 1, 0ms, 1));
}

TEST(Retry, WhatFailsEveryTimeAlikeIsNotTriedAgain) {
    for (const auto code : {ErrorCode::UpstreamAuth, ErrorCode::UpstreamRefused, ErrorCode::ContextTooLong,
                            ErrorCode::InvalidArgument, ErrorCode::NotFound, ErrorCode::Cancelled,
                            ErrorCode::DeadlineExceeded, ErrorCode::Unavailable, ErrorCode::Internal}) {
        EXPECT_FALSE(pause({.code = code, .retry_after = 1ms}, 1)) << code_name(code);
    }
}

TEST(Retry, PausesDoubleAndDiffer) {
    std::set<std::int64_t> seen;
    for (std::uint64_t chance = 0; chance < 1'000; ++chance) {
        const auto first = pause(failed(), 1, chance).value();
        const auto second = pause(failed(), 2, chance).value();
        EXPECT_GE(first, 375ms);
        EXPECT_LE(first, 625ms);
        EXPECT_GE(second, 750ms) << "always longer than the first";
        EXPECT_LE(second, 1'250ms);
        seen.insert(first.count());
    }
    EXPECT_GT(seen.size(), 150U) << "those who failed together come back apart";
    EXPECT_EQ(pause(failed(), 1, 7), pause(failed(), 1, 7)) << "and each at a time of its own";
}

TEST(Retry, APauseThatWasToldIsKept) {
    for (std::uint64_t chance = 0; chance < 100; ++chance) {
        const auto told =
            pause({.code = ErrorCode::UpstreamRateLimited, .retry_after = 2s}, 1, chance).value();
        EXPECT_GE(told, 2s) << "never earlier";
        EXPECT_LE(told, 2'200ms);
    }
    EXPECT_EQ(pause({.code = ErrorCode::UpstreamRateLimited, .retry_after = 0ms}, 1), 0ms);
}

TEST(Retry, NobodyWaitsLongerThanThePolicySays) {
    EXPECT_TRUE(pause({.code = ErrorCode::UpstreamRateLimited, .retry_after = 60s}, 1));
    EXPECT_FALSE(pause({.code = ErrorCode::UpstreamRateLimited, .retry_after = 61s}, 1));
    EXPECT_FALSE(pause(failed(), 1, 1, 66s)) << "a try that hung for a minute was the last";
    EXPECT_TRUE(pause(failed(), 1, 1, 59s));
}

}  // namespace
}  // namespace boternity::core
