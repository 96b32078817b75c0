#include "infra/llm/wire/chat_completions.hpp"
#include "infra/llm/wire/data_url.hpp"
#include "infra/llm/wire/request_json.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include <utility>

namespace boternity::infra {

namespace json = boost::json;

namespace {

using Role = core::PromptMessage::Role;

json::object text_part(std::string_view text) {
    return {{"type", "text"}, {"text", json_string(text)}};
}

json::object encode_call(const core::ToolCall& call) {
    return {{"id", json_string(call.id)},
            {"type", "function"},
            {"function", json::object{{"name", json_string(call.name)},
                                      {"arguments", json_string(argument_text(call))}}}};
}

json::object encode_media(const core::MediaPart& media) {
    const std::string address = data_url(media);
    if (media.kind == core::MediaPart::Kind::Image) {
        return {{"type", "image_url"}, {"image_url", json::object{{"url", json_string(address)}}}};
    }
    const std::string_view name = media.name.empty() ? "document" : std::string_view(media.name);
    return {{"type", "file"},
            {"file", json::object{{"filename", json_string(name)}, {"file_data", json_string(address)}}}};
}

/// Plain text where there is nothing else: some servers read no parts.
json::value encode_content(const core::PromptMessage& message) {
    if (core::parts_of<core::MediaPart>(message).empty()) return json_string(message.text());
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
        out["content"] = json_string(text);
    }
    if (calls.empty()) return out;
    json::array encoded;
    for (const auto* call : calls) encoded.push_back(encode_call(*call));
    out["tool_calls"] = std::move(encoded);
    // Where a server showed its reasoning, it wants it back with the calls that came of it.
    for (const auto* reasoning : core::parts_of<core::ReasoningPart>(message)) {
        if (reasoning->state.format == kChatReasoning) {
            out[json::string_view(reasoning->state.data)] = json_string(reasoning->text);
        }
    }
    return out;
}

void encode_results(const core::PromptMessage& message, json::array& out) {
    for (const auto* result : core::parts_of<core::ToolResult>(message)) {
        out.push_back(json::object{{"role", "tool"},
                                   {"content", json_string(result_text(*result))},
                                   {"tool_call_id", json_string(result->call)}});
    }
}

Result<json::array> encode_messages(const std::vector<core::PromptMessage>& messages) {
    BOT_TRY(sent, messages_to_send(messages));
    json::array out;
    for (const auto* message : sent) {
        if (message->role == Role::Tool) {
            encode_results(*message, out);
        } else if (message->role == Role::Assistant) {
            out.push_back(encode_assistant(*message));
        } else {
            out.push_back(json::object{{"role", message->role == Role::System ? "system" : "user"},
                                       {"content", encode_content(*message)}});
        }
    }
    return out;
}

Result<json::array> encode_tools(const std::vector<core::ToolOffer>& tools) {
    json::array out;
    for (const auto& tool : tools) {
        BOT_TRY(parameters, parameters_of(tool));
        out.push_back(json::object{{"type", "function"},
                                   {"function", json::object{{"name", json_string(tool.name)},
                                                             {"description", json_string(tool.description)},
                                                             {"parameters", std::move(parameters)}}}});
    }
    return out;
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
                {"type", "function"}, {"function", json::object{{"name", json_string(request.only_tool)}}}};
        }
    }
}

Status add_schema(const core::ModelRequest& request, json::object& body) {
    if (!request.schema) return {};
    BOT_TRY(schema, schema_of(*request.schema));
    body["response_format"] =
        json::object{{"type", "json_schema"},
                     {"json_schema", json::object{{"name", json_string(request.schema->name)},
                                                  {"schema", std::move(schema)},
                                                  {"strict", true}}}};
    return {};
}

}  // namespace

Result<std::string> encode_chat_request(const core::ModelRequest& request, const ChatDialect& dialect) {
    BOT_TRY(messages, encode_messages(request.messages));
    BOT_TRY(tools, encode_tools(request.tools));
    json::object body{{"model", json_string(request.model)}, {"messages", std::move(messages)}};
    add_tools(request, dialect, std::move(tools), body);
    BOT_CHECK(add_schema(request, body));
    body[dialect.completion_limit ? "max_completion_tokens" : "max_tokens"] = request.max_output_tokens;
    if (request.temperature && dialect.sampling) body["temperature"] = *request.temperature;
    const bool off = request.effort == core::Effort::None;
    if (request.effort && dialect.effort && (!off || dialect.thinking_off)) {
        body["reasoning_effort"] = json_string(effort_word(*request.effort));
    }
    if (!request.stop.empty()) body["stop"] = json_strings(request.stop);
    body["stream"] = true;
    body["stream_options"] = json::object{{"include_usage", true}};
    return json::serialize(body);
}

}  // namespace boternity::infra
