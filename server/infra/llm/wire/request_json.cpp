#include "infra/llm/wire/request_json.hpp"

#include "infra/llm/wire/json_reading.hpp"

#include <algorithm>
#include <utility>

namespace boternity::infra {

namespace json = boost::json;

json::string json_string(std::string_view text) {
    return json::string(text.data(), text.size());
}

json::array json_strings(const std::vector<std::string>& texts) {
    json::array out;
    for (const auto& text : texts) out.push_back(json_string(text));
    return out;
}

Result<json::object> parameters_of(const core::ToolOffer& tool) {
    auto parameters = parse_vendor_json(tool.parameters.empty() ? R"({"type":"object"})" : tool.parameters);
    if (!parameters || !parameters->is_object()) {
        return fail(invalid_argument("The parameters of tool " + tool.name + " must be a JSON Schema object.",
                                     "tools"));
    }
    return std::move(parameters->get_object());
}

Result<json::object> schema_of(const core::AnswerSchema& schema) {
    auto parsed = parse_vendor_json(schema.schema);
    if (!parsed || !parsed->is_object()) {
        return fail(invalid_argument("The schema of an answer must be a JSON Schema object.", "schema"));
    }
    return std::move(parsed->get_object());
}

json::object arguments_of(const core::ToolCall& call) {
    if (call.arguments.empty()) return {};
    auto parsed = parse_vendor_json(call.arguments);
    if (parsed && parsed->is_object()) return std::move(parsed->get_object());
    return {{"arguments", json_string(call.arguments)}};
}

std::string_view argument_text(const core::ToolCall& call) noexcept {
    return call.arguments.empty() ? "{}" : std::string_view(call.arguments);
}

std::string result_text(const core::ToolResult& result) {
    return result.failed ? "The tool failed: " + result.text : result.text;
}

std::string_view effort_word(core::Effort effort) noexcept {
    switch (effort) {
    case core::Effort::None: return "none";
    case core::Effort::Low: return "low";
    case core::Effort::Medium: return "medium";
    case core::Effort::High: return "high";
    }
    std::unreachable();
}

bool says_nothing(const core::PromptMessage& message) {
    return message.text().empty() && core::parts_of<core::MediaPart>(message).empty() &&
           core::parts_of<core::ToolCall>(message).empty() &&
           core::parts_of<core::ToolResult>(message).empty();
}

void drop_last(json::array& blocks, std::initializer_list<std::string_view> types, std::size_t kept) {
    const auto goes = [&](const json::value& block) {
        return block.is_object() &&
               std::ranges::find(types, string_in(block.get_object(), "type")) != types.end();
    };
    while (blocks.size() > kept && goes(blocks.back())) blocks.pop_back();
}

Result<std::vector<const core::PromptMessage*>>
messages_to_send(const std::vector<core::PromptMessage>& messages) {
    std::vector<const core::PromptMessage*> out;
    for (const auto& message : messages) {
        if (!says_nothing(message)) {
            out.push_back(&message);
        } else if (message.role == core::PromptMessage::Role::User) {
            return fail(invalid_argument("A message to a model must not be empty.", "messages"));
        }
    }
    if (out.empty()) return fail(invalid_argument("A model needs at least one message.", "messages"));
    return out;
}

}  // namespace boternity::infra
