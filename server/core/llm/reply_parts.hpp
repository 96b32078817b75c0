#pragma once

#include "core/llm/model.hpp"

#include <cstddef>
#include <map>
#include <vector>

namespace boternity::core {

/// Puts the pieces of a reply together again: what the assistant said, as it is sent back to the model later.
///
/// Threads  one.
class ReplyParts {
public:
    /// Takes one piece. Text between two other parts is one part; a ReplyEnd is not kept.
    void add(const ReplyPiece& piece);

    const std::vector<MessagePart>& parts() const noexcept { return parts_; }
    PromptMessage message() const { return {.role = PromptMessage::Role::Assistant, .parts = parts_}; }

private:
    void add_text(const TextPiece& piece);
    void add_reasoning(const ReasoningPiece& piece);
    void add_call(const ToolCallPiece& piece);

    std::vector<MessagePart> parts_;
    std::map<int, std::size_t> reasoning_;  ///< index of a piece, place in parts_
    std::map<int, std::size_t> calls_;
};

}  // namespace boternity::core
