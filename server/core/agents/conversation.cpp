#include "core/agents/conversation.hpp"

#include "core/runtime/content_hash.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>
#include <utility>
#include <variant>

namespace boternity::core {
namespace {

using PromptRole = PromptMessage::Role;

bool has_output(const Step& step) noexcept {
    return !std::holds_alternative<std::monostate>(step.output);
}

/// The parts one after the other, each with its length, so that nothing can be mistaken for another.
class Canonical {
public:
    void add(std::string_view text) {
        const auto size = fmt::format("{}:", text.size());
        hasher_.add(size);
        hasher_.add(text);
    }
    void operator()(const TextPart& part) { add("text"), add(part.text), add_state(part.state); }
    void operator()(const MediaPart& part) {
        add(part.kind == MediaPart::Kind::Image ? "image" : "document");
        add(part.media_type), add(part.name), add(part.data());
    }
    void operator()(const ReasoningPart& part) { add("reasoning"), add(part.text), add_state(part.state); }
    void operator()(const ToolCall& part) {
        add("call"), add(part.id), add(part.name), add(part.arguments), add_state(part.state);
    }
    void operator()(const ToolResult& part) {
        add("result"), add(part.call), add(part.name), add(part.text), add(part.failed ? "failed" : "ok");
    }
    std::string finish() { return hasher_.finish(); }

private:
    void add_state(const ProviderState& state) { add(state.format), add(state.data); }
    ContentHasher hasher_;
};

}  // namespace

void append_steps(std::vector<PromptMessage>& messages, const std::vector<Step>& steps,
                  std::size_t left_out) {
    std::unordered_map<std::string, std::string> names;  // of the tools, as the model called them
    for (const Step& step : steps) {
        if (const auto* said = std::get_if<ModelOutput>(&step.output)) {
            if (said->parts.empty() || step.state != StepState::Done) continue;
            messages.push_back({.role = PromptRole::Assistant, .parts = said->parts});
            for (const auto& part : said->parts)
                if (const auto* call = std::get_if<ToolCall>(&part)) names[call->id] = call->name;
        } else if (const auto* tool = std::get_if<ToolInput>(&step.input)) {
            const auto* output = std::get_if<ToolOutput>(&step.output);
            if (output == nullptr) continue;
            ToolResult result{.call = tool->call,
                              .name = names[tool->call],
                              .text = output->text,
                              .failed = output->failed};
            if (output->repeated > 0) {
                result.text +=
                    fmt::format("\n[You have called this {} times with the same arguments and got the "
                                "same result. Do something else.]",
                                output->repeated);
            }
            if (left_out > 0) {
                --left_out;
                result.text = fmt::format("[A result of {} bytes, left out to make room.]", output->bytes);
            }
            if (messages.back().role != PromptRole::Tool) messages.push_back({.role = PromptRole::Tool});
            messages.back().parts.emplace_back(std::move(result));
        } else if (const auto* wait = std::get_if<WaitOutput>(&step.output)) {
            std::string text = text_of(wait->received);
            if (!text.empty()) messages.push_back(PromptMessage::of(PromptRole::User, std::move(text)));
        }
    }
}

std::size_t tool_results_in(const std::vector<Step>& steps) noexcept {
    return static_cast<std::size_t>(std::ranges::count_if(
        steps, [](const Step& step) { return step.kind() == StepKind::ToolCall && has_output(step); }));
}

std::string text_of(const AgentMessage& message) {
    switch (message.kind) {
    case AgentMessageKind::Text: return fmt::format("[Message from {}]\n{}", message.sender, message.text);
    case AgentMessageKind::Result:
        return fmt::format("[Result of agent {}]\n{}", message.sender, message.text);
    case AgentMessageKind::Failure: return fmt::format("[Agent {} failed]\n{}", message.sender, message.text);
    }
    return {};
}

std::string text_of(const std::vector<AgentMessage>& messages) {
    std::string text;
    for (const auto& message : messages) {
        if (!text.empty()) text += "\n\n";
        text += text_of(message);
    }
    return text;
}

std::string said_in(const std::vector<Step>& steps) {
    std::string all;
    for (const Step& step : steps) {
        const auto* said = std::get_if<ModelOutput>(&step.output);
        if (said == nullptr || !said->says_something()) continue;
        if (!all.empty()) all += "\n\n";
        all += said->text();
    }
    return all;
}

std::string request_hash(const std::vector<PromptMessage>& messages, const std::vector<std::string>& tools,
                         int max_output_tokens) {
    Canonical canonical;
    for (const auto& message : messages) {
        canonical.add(fmt::format("message {} {}", static_cast<int>(message.role), message.parts.size()));
        for (const auto& part : message.parts) std::visit([&](const auto& one) { canonical(one); }, part);
    }
    canonical.add("tools");
    for (const auto& tool : tools) canonical.add(tool);
    canonical.add(fmt::format("limit {}", max_output_tokens));
    return canonical.finish();
}

}  // namespace boternity::core
