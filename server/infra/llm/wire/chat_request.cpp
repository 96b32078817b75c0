#include "infra/llm/wire/chat_completions.hpp"
#include "infra/llm/wire/json_reading.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include <utility>

namespace boternity::infra {

namespace json = boost::json;

namespace {

using Role = core::PromptMessage::Role;

std::string_view role_name(Role role) noexcept {
    switch (role) {
    case Role::System: return "system";
    case Role::User: return "user";
    case Role::Assistant: return "assistant";
    case Role::Tool: return "tool";
    }
    std::unreachable();
}

json::string text_of(std::string_view text) {
    return json::string(text.data(), text.size());
}

json::array encode_calls(const std::vector<core::ToolCall>& calls) {
    json::array out;
    for (const auto& call : calls) {
        // A call without arguments is an empty object to every server, an empty string to some only.
        const std::string_view arguments = call.arguments.empty() ? "{}" : std::string_view(call.arguments);
        out.push_back(json::object{
            {"id", text_of(call.id)},
            {"type", "function"},
            {"function", json::object{{"name", text_of(call.name)}, {"arguments", text_of(arguments)}}}});
    }
    return out;
}

json::object encode_message(const core::PromptMessage& message) {
    const std::string_view role = role_name(message.role);
    json::object out{{"role", text_of(role)}};
    if (message.text.empty() && !message.calls.empty()) {
        out["content"] = nullptr;
    } else {
        out["content"] = text_of(message.text);
    }
    if (!message.calls.empty()) out["tool_calls"] = encode_calls(message.calls);
    if (message.role == Role::Tool) out["tool_call_id"] = text_of(message.answers);
    return out;
}

Result<json::array> encode_messages(const std::vector<core::PromptMessage>& messages) {
    json::array out;
    for (const auto& message : messages) {
        const bool empty = message.text.empty() && message.calls.empty() && message.role != Role::Tool;
        if (!empty) {
            out.push_back(encode_message(message));
        } else if (message.role == Role::User) {
            return fail(invalid_argument("A message to a model must not be empty.", "messages"));
        }
    }
    if (out.empty()) return fail(invalid_argument("A model needs at least one message.", "messages"));
    return out;
}

Result<json::array> encode_tools(const std::vector<core::ToolOffer>& tools) {
    json::array out;
    for (const auto& tool : tools) {
        auto parameters =
            parse_vendor_json(tool.parameters.empty() ? R"({"type":"object"})" : tool.parameters);
        if (!parameters || !parameters->is_object()) {
            return fail(invalid_argument(
                "The parameters of tool " + tool.name + " must be a JSON Schema object.", "tools"));
        }
        out.push_back(json::object{{"type", "function"},
                                   {"function", json::object{{"name", text_of(tool.name)},
                                                             {"description", text_of(tool.description)},
                                                             {"parameters", std::move(*parameters)}}}});
    }
    return out;
}

}  // namespace

Result<std::string> encode_chat_request(const core::ModelRequest& request, const ChatDialect& dialect) {
    BOT_TRY(messages, encode_messages(request.messages));
    BOT_TRY(tools, encode_tools(request.tools));
    json::object body{{"model", text_of(request.model)}, {"messages", std::move(messages)}};
    if (!tools.empty()) body["tools"] = std::move(tools);
    body[dialect.limit == ChatDialect::Limit::MaxTokens ? "max_tokens" : "max_completion_tokens"] =
        request.max_output_tokens;
    if (request.temperature && dialect.sampling == ChatDialect::Sampling::Free) {
        body["temperature"] = *request.temperature;
    }
    if (!request.stop.empty()) {
        json::array stop;
        for (const auto& text : request.stop) stop.push_back(text_of(text));
        body["stop"] = std::move(stop);
    }
    body["stream"] = true;
    body["stream_options"] = json::object{{"include_usage", true}};
    return json::serialize(body);
}

}  // namespace boternity::infra
