#include "core/sessions/session.hpp"

#include "core/runtime/names.hpp"

namespace boternity::core {
namespace {

constexpr Names<Role, 2> kRoles{{{Role::User, "user"}, {Role::Assistant, "assistant"}}};
constexpr Names<MessageState, 2> kStates{
    {{MessageState::Complete, "complete"}, {MessageState::Partial, "partial"}}};

}  // namespace

std::string_view name_of(Role role) noexcept {
    return kRoles.of(role);
}
std::string_view name_of(MessageState state) noexcept {
    return kStates.of(state);
}
std::optional<Role> role_from(std::string_view name) noexcept {
    return kRoles.from(name);
}
std::optional<MessageState> message_state_from(std::string_view name) noexcept {
    return kStates.from(name);
}

}  // namespace boternity::core
