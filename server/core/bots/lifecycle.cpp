#include "core/bots/lifecycle.hpp"

#include <fmt/format.h>

#include <array>

namespace boternity::core {
namespace {

using enum BotState;

constexpr std::array kTable{
    LifecycleRow{Created, "start", Running},    LifecycleRow{Created, "speak", Running},
    LifecycleRow{Created, "archive", Archived}, LifecycleRow{Created, "delete", Deleted},
    LifecycleRow{Running, "speak", Running},    LifecycleRow{Running, "pause", Paused},
    LifecycleRow{Running, "stop", Stopped},     LifecycleRow{Running, "delete", Deleted},
    LifecycleRow{Paused, "start", Running},     LifecycleRow{Paused, "stop", Stopped},
    LifecycleRow{Paused, "delete", Deleted},    LifecycleRow{Stopped, "start", Running},
    LifecycleRow{Stopped, "archive", Archived}, LifecycleRow{Stopped, "delete", Deleted},
    LifecycleRow{Archived, "delete", Deleted},
};

std::string possible_verbs(BotState state) {
    std::string verbs;
    for (const auto& row : kTable) {
        if (row.from != state || row.verb == "speak") continue;
        if (!verbs.empty()) verbs += ", ";
        verbs += row.verb;
    }
    return verbs;
}

}  // namespace

std::span<const LifecycleRow> lifecycle_table() noexcept {
    return kTable;
}

Result<BotState> next_state(const Bot& bot, std::string_view verb) {
    for (const auto& row : kTable) {
        if (row.from == bot.state && row.verb == verb) return row.to;
    }
    if (verb == "speak") {
        return fail(
            ErrorCode::WrongState,
            bot.state == Archived
                ? fmt::format("{} is archived and does not answer; its sessions can be read.", bot.slug)
                : fmt::format("{} is {} and does not answer; start it first.", bot.slug, name_of(bot.state)));
    }
    return fail(ErrorCode::WrongState,
                fmt::format("{} is {}: {} is not possible now; possible: {}.", bot.slug, name_of(bot.state),
                            verb, possible_verbs(bot.state)));
}

}  // namespace boternity::core
