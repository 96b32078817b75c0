#include "infra/llm/llama_cpp/tool_text.hpp"

#include "infra/llm/wire/json_reading.hpp"

#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace boternity::infra::llm {
namespace {

namespace json = boost::json;
using Role = core::PromptMessage::Role;

constexpr std::string_view kTag = "<tool_call>";

json::value value_of(const std::string& text) {
    auto value = parse_vendor_json(text);
    return value && value->is_object() ? std::move(*value) : json::value(json::object{});
}

std::string about_tools(const core::ModelRequest& request) {
    std::string text = "You have these functions. When one of them can find out what the user asks, call it "
                       "instead of guessing:\n"
                       "<tools>\n";
    for (const auto& tool : request.tools) {
        text += json::serialize(json::object{{"name", tool.name},
                                             {"description", tool.description},
                                             {"parameters", value_of(tool.parameters)}});
        text += '\n';
    }
    text += "</tools>\nA call is the whole answer and has this form, with arguments taken from the user's "
            "words:\n"
            "<tool_call>\n{\"name\":\"...\",\"arguments\":{...}}\n</tool_call>";
    return text;
}

std::string as_text(const core::ToolCall& call) {
    return fmt::format(
        "{}{}{}", kCallOpens,
        json::serialize(json::object{{"name", call.name}, {"arguments", value_of(call.arguments)}}),
        kCallCloses);
}

core::PromptMessage as_text(const core::PromptMessage& message) {
    std::string text = message.text();
    for (const auto* call : core::parts_of<core::ToolCall>(message)) {
        if (!text.empty()) text += '\n';
        text += as_text(*call);
    }
    for (const auto* result : core::parts_of<core::ToolResult>(message)) {
        if (!text.empty()) text += '\n';
        text += fmt::format("<tool_response>\n{}{}\n</tool_response>", result->failed ? "It failed: " : "",
                            result->text);
    }
    // Few templates know a role for results; all know the user's.
    return core::PromptMessage::of(message.role == Role::Tool ? Role::User : message.role, std::move(text));
}

/// A small model does what it has just seen, more than what it is told.
std::vector<core::PromptMessage> example_turns() {
    const auto call = [](std::string name, json::object arguments) {
        return as_text(core::ToolCall{.name = std::move(name), .arguments = json::serialize(arguments)});
    };
    return {core::PromptMessage::of(Role::User, "Hello, how are you?"),
            core::PromptMessage::of(Role::Assistant, "I am well, thank you. How can I help you?"),
            core::PromptMessage::of(Role::User, "How warm is the water in Rome?"),
            core::PromptMessage::of(Role::Assistant, call("water_temperature", {{"place", "Rome"}})),
            core::PromptMessage::of(Role::User, "<tool_response>\n21 degrees\n</tool_response>"),
            core::PromptMessage::of(Role::Assistant, "The water in Rome has 21 degrees.")};
}

}  // namespace

std::vector<core::PromptMessage> told_as_text(const core::ModelRequest& request, Examples examples) {
    std::vector<core::PromptMessage> messages;
    messages.reserve(request.messages.size() + 1);
    for (const auto& message : request.messages) messages.push_back(as_text(message));
    std::string more;
    const bool calls = !request.tools.empty() && request.tool_choice != core::ToolChoice::None;
    if (calls) more = about_tools(request);
    if (request.schema) {
        if (!more.empty()) more += "\n\n";
        more += "Answer with JSON that fits this schema:\n" + request.schema->schema;
    }
    if (more.empty()) return messages;
    if (!messages.empty() && messages.front().role == Role::System)
        more = messages.front().text() + "\n\n" + more;
    auto system = core::PromptMessage::of(Role::System, std::move(more));
    if (!messages.empty() && messages.front().role == Role::System) {
        messages.front() = std::move(system);
    } else {
        messages.insert(messages.begin(), std::move(system));
    }
    if (calls && examples == Examples::Shown) {
        const auto shown = example_turns();
        messages.insert(messages.begin() + 1, shown.begin(), shown.end());
    }
    return messages;
}

std::optional<core::ToolCallPiece> CallReader::call_of(std::string_view text) {
    const auto value = parse_vendor_json(text);
    const auto* object = value ? value->if_object() : nullptr;
    const auto* arguments = object == nullptr ? nullptr : object_in(*object, "arguments");
    if (arguments == nullptr || string_in(*object, "name").empty()) return std::nullopt;
    const int index = calls_++;
    return core::ToolCallPiece{.index = index,
                               .id = fmt::format("call_{}", index + 1),
                               .name = std::string(string_in(*object, "name")),
                               .arguments = json::serialize(*arguments)};
}

std::vector<core::ReplyPiece> CallReader::add(std::string_view text) {
    kept_ += text;
    std::vector<core::ReplyPiece> pieces;
    const auto say = [&](std::size_t bytes) {
        std::string said = kept_.substr(0, bytes);
        kept_.erase(0, bytes);
        // Between two calls there is nothing but line ends.
        if (calls_ > 0 && said.find_first_not_of(" \r\n") == std::string::npos) return;
        if (!said.empty()) pieces.emplace_back(core::TextPiece{.text = std::move(said)});
    };
    for (;;) {
        const auto open = kept_.find(kTag);
        if (open == std::string::npos) break;
        say(open);
        // In a JSON string a line end is escaped, so this can only be the end.
        const auto close = kept_.find(kCallCloses, kTag.size());
        if (close == std::string::npos) return pieces;
        const auto end = close + kCallCloses.size();
        if (auto call = call_of(std::string_view(kept_).substr(kTag.size(), close - kTag.size()))) {
            pieces.emplace_back(std::move(*call));
            kept_.erase(0, end);
        } else {
            say(end);
        }
    }
    std::size_t begun = std::min(kTag.size() - 1, kept_.size());
    while (begun > 0 && !kept_.ends_with(kTag.substr(0, begun))) --begun;
    say(kept_.size() - begun);
    return pieces;
}

std::vector<core::ReplyPiece> CallReader::finish() {
    std::vector<core::ReplyPiece> pieces;
    const bool half_a_call = kept_.starts_with(kTag);
    const bool blank = kept_.find_first_not_of(" \r\n") == std::string::npos;
    if (!half_a_call && !(calls_ > 0 && blank)) pieces.emplace_back(core::TextPiece{.text = kept_});
    kept_.clear();
    if (!pieces.empty() && std::get<core::TextPiece>(pieces.front()).text.empty()) pieces.clear();
    return pieces;
}

}  // namespace boternity::infra::llm
