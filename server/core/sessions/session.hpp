#pragma once

#include "core/attachments/attachment.hpp"
#include "types/id.hpp"
#include "types/time.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace boternity::core {

struct Session {
    SessionId id{};
    BotId bot{};
    std::string title{};
    int message_count = 0;
    Timestamp created_at{};
    Timestamp updated_at{};
    bool operator==(const Session&) const = default;
};

enum class Role { User, Assistant };
enum class MessageState { Complete, Partial };

struct Message {
    MessageId id{};
    SessionId session{};
    RunId run{};
    Role role = Role::User;
    MessageState state = MessageState::Complete;
    std::string text{};
    std::vector<Attachment> attachments{};  ///< files that came with it
    int position = 0;                       ///< 1, 2, 3 and so on within the session; given by the store
    Timestamp created_at{};
    bool operator==(const Message&) const = default;
};

std::string_view name_of(Role role) noexcept;
std::string_view name_of(MessageState state) noexcept;
std::optional<Role> role_from(std::string_view name) noexcept;
std::optional<MessageState> message_state_from(std::string_view name) noexcept;

}  // namespace boternity::core
