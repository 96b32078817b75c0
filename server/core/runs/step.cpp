#include "core/runs/step.hpp"

#include "core/runtime/names.hpp"

#include <algorithm>

namespace boternity::core {
namespace {

constexpr Names<StepKind, 5> kStepKinds{{{StepKind::ModelCall, "model_call"},
                                         {StepKind::ToolCall, "tool_call"},
                                         {StepKind::Wait, "wait"},
                                         {StepKind::Decision, "decision"},
                                         {StepKind::MessageSent, "message_sent"}}};
constexpr Names<StepState, 3> kStepStates{
    {{StepState::Intended, "intended"}, {StepState::Done, "done"}, {StepState::Failed, "failed"}}};
constexpr Names<AgentMessageKind, 3> kAgentMessageKinds{{{AgentMessageKind::Text, "text"},
                                                         {AgentMessageKind::Result, "result"},
                                                         {AgentMessageKind::Failure, "failure"}}};

}  // namespace

std::string ModelOutput::text() const {
    std::string joined;
    for (const auto& part : parts)
        if (const auto* text = std::get_if<TextPart>(&part)) joined += text->text;
    return joined;
}

bool ModelOutput::says_something() const noexcept {
    return std::ranges::any_of(parts, [](const MessagePart& part) {
        const auto* text = std::get_if<TextPart>(&part);
        return text != nullptr && !text->text.empty();
    });
}

std::string_view name_of(StepKind kind) noexcept {
    return kStepKinds.of(kind);
}
std::string_view name_of(StepState state) noexcept {
    return kStepStates.of(state);
}
std::string_view name_of(AgentMessageKind kind) noexcept {
    return kAgentMessageKinds.of(kind);
}
std::optional<StepKind> step_kind_from(std::string_view name) noexcept {
    return kStepKinds.from(name);
}
std::optional<StepState> step_state_from(std::string_view name) noexcept {
    return kStepStates.from(name);
}
std::optional<AgentMessageKind> agent_message_kind_from(std::string_view name) noexcept {
    return kAgentMessageKinds.from(name);
}

}  // namespace boternity::core
