#pragma once

#include "types/id.hpp"
#include "types/time.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace boternity::core {

enum class AgentMessageKind {
    Text,     ///< said on the way
    Result,   ///< what the sender came to; its last
    Failure,  ///< why the sender came to nothing; its last
};

/// What one run of a tree tells another. Written in the transaction of what it tells, and taken in the
/// transaction of the step that took it: it arrives once, whoever crashes.
struct AgentMessage {
    RunId to{};
    int position = 0;  ///< 1, 2, 3 and so on of those to one run; given by the store
    RunId from{};
    std::string sender{};  ///< the name of the agent that sent it; "parent" for the one above
    AgentMessageKind kind = AgentMessageKind::Text;
    std::string text{};
    Timestamp sent_at{};
    bool operator==(const AgentMessage&) const = default;
};

std::string_view name_of(AgentMessageKind kind) noexcept;
std::optional<AgentMessageKind> agent_message_kind_from(std::string_view name) noexcept;

}  // namespace boternity::core
