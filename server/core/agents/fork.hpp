#pragma once

#include "core/agents/run_ports.hpp"
#include "core/ports/run_journal.hpp"
#include "types/result.hpp"

#include <string>
#include <vector>

namespace boternity::core {

/// What is wanted of a fork; what is empty is as in the original.
struct ForkWish {
    int step = 0;  ///< up to and with this one the original's steps are copied
    int soul_version = 0;
    std::string model{};
    std::string message{};
};

/// Checks what can be known of a wish without its original. InvalidArgument, TooLarge.
Status check_fork(const ForkWish& wish);

/// The fork as it begins: copies of the original's first steps, and behind them the next model call as
/// intended. A pure function.
///
/// A fork begins where the model is asked next: WrongState for a step that has not been done yet,
/// InvalidArgument, naming the nearest steps that work, for one in the middle of an answer's tool calls, with
/// agents that had not been heard, or behind which nothing came. WrongState for an agent.
Result<ForkBegin> fork_of(RunId id, const ForkWish& wish, const ForkGround& ground, const RunLimits& limits,
                          Timestamp now);

}  // namespace boternity::core
