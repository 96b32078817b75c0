#include "core/llm/reply_parts.hpp"

namespace boternity::core {

void ReplyParts::add(const ReplyPiece& piece) {
    if (const auto* text = std::get_if<TextPiece>(&piece)) {
        add_text(*text);
    } else if (const auto* reasoning = std::get_if<ReasoningPiece>(&piece)) {
        add_reasoning(*reasoning);
    } else if (const auto* call = std::get_if<ToolCallPiece>(&piece)) {
        add_call(*call);
    }
}

void ReplyParts::add_text(const TextPiece& piece) {
    auto* last = parts_.empty() ? nullptr : std::get_if<TextPart>(&parts_.back());
    // A state belongs to one part only: what comes behind it is another.
    if (last == nullptr || !last->state.format.empty()) {
        last = &std::get<TextPart>(parts_.emplace_back(TextPart{}));
    }
    last->text += piece.text;
    last->state = piece.state;
}

void ReplyParts::add_reasoning(const ReasoningPiece& piece) {
    const auto [known, added] = reasoning_.try_emplace(piece.index, parts_.size());
    if (added) parts_.emplace_back(ReasoningPart{});
    auto& part = std::get<ReasoningPart>(parts_[known->second]);
    part.text += piece.text;
    if (!piece.state.format.empty()) part.state = piece.state;
}

void ReplyParts::add_call(const ToolCallPiece& piece) {
    const auto [known, added] = calls_.try_emplace(piece.index, parts_.size());
    if (added) parts_.emplace_back(ToolCall{.id = piece.id, .name = piece.name});
    auto& call = std::get<ToolCall>(parts_[known->second]);
    call.arguments += piece.arguments;
    if (!piece.state.format.empty()) call.state = piece.state;
}

}  // namespace boternity::core
