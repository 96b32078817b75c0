#pragma once

#include "core/bots/bot.hpp"
#include "types/result.hpp"

#include <span>
#include <string_view>

namespace boternity::core {

/// One row of the lifecycle machine: in state `from`, `verb` leads to `to`. What has no row is refused.
struct LifecycleRow {
    BotState from;
    std::string_view verb;
    BotState to;
};

/// The whole machine. `speak` is a person's first message: it starts a bot that was only created.
std::span<const LifecycleRow> lifecycle_table() noexcept;

/// Where the verb leads. WrongState, naming the verbs that are possible, when there is no row.
Result<BotState> next_state(const Bot& bot, std::string_view verb);

}  // namespace boternity::core
