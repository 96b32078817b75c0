#pragma once

#include "types/time.hpp"

#include <chrono>

namespace boternity::core {

/// The only way to learn the time. Threads: any; never blocks.
class Clock {
public:
    virtual ~Clock() = default;
    virtual Timestamp now() const noexcept = 0;
    virtual std::chrono::steady_clock::time_point steady() const noexcept = 0;

    Deadline in(std::chrono::steady_clock::duration wait) const noexcept { return {steady() + wait}; }
};

}  // namespace boternity::core
