#pragma once

#include "core/ports/clock.hpp"
#include "core/ports/ids.hpp"
#include "core/ports/log.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <initializer_list>

namespace boternity::infra {

struct BenchClock final : core::Clock {
    Timestamp now() const noexcept override {
        return {std::chrono::duration_cast<std::chrono::microseconds>(steady().time_since_epoch()).count()};
    }
    std::chrono::steady_clock::time_point steady() const noexcept override {
        return std::chrono::steady_clock::now();
    }
};

struct Silence final : core::Log {
    void write(core::LogLevel, std::string_view, std::initializer_list<core::LogField>) override {}
};

/// Ids that no earlier one of the same folder had.
struct BenchIds final : core::Ids {
    Uuid next() override { return Uuid::v7(++last, {}); }
    std::atomic<std::uint64_t> last{static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::microseconds>(BenchClock{}.steady().time_since_epoch())
            .count())};
};

}  // namespace boternity::infra
