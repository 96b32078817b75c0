#include "core/bots/bot.hpp"

#include "core/runtime/names.hpp"

namespace boternity::core {
namespace {

constexpr Names<BotState, 6> kStates{{{BotState::Created, "created"},
                                      {BotState::Running, "running"},
                                      {BotState::Paused, "paused"},
                                      {BotState::Stopped, "stopped"},
                                      {BotState::Archived, "archived"},
                                      {BotState::Deleted, "deleted"}}};

}  // namespace

std::string_view name_of(BotState state) noexcept {
    return kStates.of(state);
}
std::optional<BotState> bot_state_from(std::string_view name) noexcept {
    return kStates.from(name);
}

}  // namespace boternity::core
