#pragma once

#include "core/runtime/task.hpp"
#include "types/time.hpp"

#include <chrono>
#include <stop_token>

namespace boternity::core {

/// Waits until the moment or a stop request, whichever is first. The caller's executor is a strand, or runs
/// on one thread.
Task<void> pause_until(Deadline moment, std::stop_token stop);

/// The same for a length of time from now, by the machine's clock: between two tries of the same thing.
Task<void> pause_for(std::chrono::milliseconds duration, std::stop_token stop);

/// How often a store that fails is asked again: twice as long after each try.
inline constexpr std::chrono::milliseconds kFirstStorePause{100};
inline constexpr std::chrono::milliseconds kLongestStorePause{5000};

}  // namespace boternity::core
