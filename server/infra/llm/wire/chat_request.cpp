#include "infra/llm/wire/chat_completions.hpp"
#include "infra/llm/wire/data_url.hpp"
#include "infra/llm/wire/json_reading.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include <utility>

namespace boternity::infra {

namespace json = boost::json;

namespace {

using Role = core::PromptMessage::Role;

json::string text_of(std::string_view text) {
    return json::string(text.data(), text.size());
}

json::object text_part(std::string_view text) {
    return {{"type", "text"}, {"text", text_of(text)}};
}

json::object encode_call(const core::ToolCall& call) {
    // A call without arguments is an empty object to every server, an empty string to some only.
    const std::string_view arguments = call.arguments.empty() ? "{}" : std::string_view(call.arguments);
    return {{"id", text_of(call.id)},
            {"type", "function"},
            {"function", json::object{{"name", text_of(call.name)}, {"arguments", text_of(arguments)}}}};
}

json::object encode_media(const core::MediaPart& media) {
    const std::string address = data_url(media);
    if (media.kind == core::MediaPart::Kind::Image) {
        return {{"type", "image_url"}, {"image_url", json::object{{"url", text_of(address)}}}};
    }
    const std::string_view name = media.name.empty() ? "document" : std::string_view(media.name);
    return {{"type", "file"},
            {"file", json::object{{"filename", text_of(name)}, {"file_data", text_of(address)}}}};
}

/// Plain text where there is nothing else: some servers read no parts.
json::value encode_content(const core::PromptMessage& message) {
    if (core::parts_of<core::MediaPart>(message).empty()) return text_of(message.text());
    json::array parts;
    for (const auto& part : message.parts) {
        if (const auto* text = std::get_if<core::TextPart>(&part)) parts.push_back(text_part(text->text));
        if (const auto* media = std::get_if<core::MediaPart>(&part)) parts.push_back(encode_media(*media));
    }
    return parts;
}

json::object encode_assistant(const core::PromptMessage& message) {
    json::object out{{"role", "assistant"}};
    const std::string text = message.text();
    const auto calls = core::parts_of<core::ToolCall>(message);
    if (text.empty() && !calls.empty()) {
        out["content"] = nullptr;
    } else {
        out["content"] = text_of(text);
    }
    if (calls.empty()) return out;
    json::array encoded;
    for (const auto* call : calls) encoded.push_back(encode_call(*call));
    out["tool_calls"] = std::move(encoded);
    // Where a server showed its reasoning, it wants it back with the calls that came of it.
    for (const auto* reasoning : core::parts_of<core::ReasoningPart>(message)) {
        if (reasoning->state.format == kChatReasoning) {
            out[json::string_view(reasoning->state.data)] = text_of(reasoning->text);
        }
    }
    return out;
}

void encode_results(const core::PromptMessage& message, json::array& out) {
    for (const auto* result : core::parts_of<core::ToolResult>(message)) {
        // The format has no place for it but the text.
        const std::string text = result->failed ? "The tool failed: " + result->text : result->text;
        out.push_back(json::object{
            {"role", "tool"}, {"content", text_of(text)}, {"tool_call_id", text_of(result->call)}});
    }
}

bool says_nothing(const core::PromptMessage& message) {
    return message.text().empty() && core::parts_of<core::MediaPart>(message).empty() &&
           core::parts_of<core::ToolCall>(message).empty();
}

Result<json::array> encode_messages(const std::vector<core::PromptMessage>& messages) {
    json::array out;
    for (const auto& message : messages) {
        if (message.role == Role::Tool) {
            encode_results(message, out);
        } else if (says_nothing(message)) {
            if (message.role != Role::User) continue;
            return fail(invalid_argument("A message to a model must not be empty.", "messages"));
        } else if (message.role == Role::Assistant) {
            out.push_back(encode_assistant(message));
        } else {
            out.push_back(json::object{{"role", message.role == Role::System ? "system" : "user"},
                                       {"content", encode_content(message)}});
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

std::string_view effort_name(core::Effort effort) noexcept {
    switch (effort) {
    case core::Effort::None: return "none";
    case core::Effort::Low: return "low";
    case core::Effort::Medium: return "medium";
    case core::Effort::High: return "high";
    }
    std::unreachable();
}

void add_tools(const core::ModelRequest& request, const ChatDialect& dialect, json::array tools,
               json::object& body) {
    if (tools.empty()) return;
    body["tools"] = std::move(tools);
    if (!request.parallel_calls) body["parallel_tool_calls"] = false;
    if (request.tool_choice == core::ToolChoice::None) {
        body["tool_choice"] = "none";
    } else if (request.tool_choice == core::ToolChoice::Required && dialect.forced_tools) {
        if (request.only_tool.empty()) {
            body["tool_choice"] = "required";
        } else {
            body["tool_choice"] = json::object{
                {"type", "function"}, {"function", json::object{{"name", text_of(request.only_tool)}}}};
        }
    }
}

Status add_schema(const core::ModelRequest& request, json::object& body) {
    if (!request.schema) return {};
    auto schema = parse_vendor_json(request.schema->schema);
    if (!schema || !schema->is_object()) {
        return fail(invalid_argument("The schema of an answer must be a JSON Schema object.", "schema"));
    }
    body["response_format"] =
        json::object{{"type", "json_schema"},
                     {"json_schema", json::object{{"name", text_of(request.schema->name)},
                                                  {"schema", std::move(*schema)},
                                                  {"strict", true}}}};
    return {};
}

}  // namespace

Result<std::string> encode_chat_request(const core::ModelRequest& request, const ChatDialect& dialect) {
    BOT_TRY(messages, encode_messages(request.messages));
    BOT_TRY(tools, encode_tools(request.tools));
    json::object body{{"model", text_of(request.model)}, {"messages", std::move(messages)}};
    add_tools(request, dialect, std::move(tools), body);
    BOT_CHECK(add_schema(request, body));
    body[dialect.completion_limit ? "max_completion_tokens" : "max_tokens"] = request.max_output_tokens;
    if (request.temperature && dialect.sampling) body["temperature"] = *request.temperature;
    const bool off = request.effort == core::Effort::None;
    if (request.effort && dialect.effort && (!off || dialect.thinking_off)) {
        body["reasoning_effort"] = text_of(effort_name(*request.effort));
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
