#pragma once

#include "core/ports/clock.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>

namespace boternity::testing {

/// A clock that moves only when a test moves it. Both of its times move
/// together. Threads: any.
class ManualClock final : public core::Clock {
public:
    /// 2026-01-01T00:00:00Z unless told otherwise.
    explicit ManualClock(Timestamp start = {1'767'225'600'000'000}) : start_(start) {}

    Timestamp now() const noexcept override { return {start_.micros + passed_.load()}; }

    // Far ahead of the machine's own, so that a deadline made from it never passes in real time.
    std::chrono::steady_clock::time_point steady() const noexcept override {
        return std::chrono::steady_clock::time_point{} + std::chrono::hours(24 * 365 * 20) +
               std::chrono::microseconds(passed_.load());
    }

    void advance(std::chrono::microseconds by) noexcept { passed_.fetch_add(by.count()); }

private:
    const Timestamp start_;
    std::atomic<std::int64_t> passed_{0};
};

}  // namespace boternity::testing
