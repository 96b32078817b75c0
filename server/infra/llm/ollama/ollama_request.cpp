#include "infra/llm/ollama/ollama_request.hpp"

#include "infra/llm/wire/data_url.hpp"
#include "infra/llm/wire/request_json.hpp"

#include <boost/json/serialize.hpp>

#include <utility>

namespace boternity::infra {

namespace json = boost::json;

namespace {

using core::Effort;
using Role = core::PromptMessage::Role;
using Thinking = ModelTraits::Thinking;

/// Text documents are read as text; others have no place.
Status add_media(const core::PromptMessage& message, json::object& out, std::string& text) {
    json::array images;
    for (const auto* media : core::parts_of<core::MediaPart>(message)) {
        if (media->kind == core::MediaPart::Kind::Image) {
            images.push_back(json_string(base64(media->data())));
        } else if (media->media_type.starts_with("text/")) {
            text = std::string(media->data()) + (text.empty() ? "" : "\n\n" + text);
        } else {
            return fail(
                invalid_argument("Models of this provider read images and text, no documents of type " +
                                     media->media_type + ".",
                                 "messages"));
        }
    }
    if (!images.empty()) out["images"] = std::move(images);
    return {};
}

json::object encode_call(const core::ToolCall& call, int index) {
    return {{"id", json_string(call.id)},
            {"function", json::object{{"index", index},
                                      {"name", json_string(call.name)},
                                      {"arguments", arguments_of(call)}}}};
}

Result<json::object> encode_said(const core::PromptMessage& message) {
    json::object out{{"role", message.role == Role::System      ? "system"
                              : message.role == Role::Assistant ? "assistant"
                                                                : "user"}};
    std::string text = message.text();
    BOT_CHECK(add_media(message, out, text));
    out["content"] = json_string(text);
    std::string thought;
    for (const auto* reasoning : core::parts_of<core::ReasoningPart>(message))
        if (reasoning->state.format == kOllamaThinking) thought += reasoning->text;
    if (!thought.empty()) out["thinking"] = json_string(thought);
    json::array calls;
    for (const auto* call : core::parts_of<core::ToolCall>(message))
        calls.push_back(encode_call(*call, static_cast<int>(calls.size())));
    if (!calls.empty()) out["tool_calls"] = std::move(calls);
    return out;
}

void encode_results(const core::PromptMessage& message, json::array& out) {
    for (const auto* result : core::parts_of<core::ToolResult>(message)) {
        // The format has no place for it but the text.
        const std::string text = result->failed ? "The tool failed: " + result->text : result->text;
        out.push_back(json::object{{"role", "tool"},
                                   {"content", json_string(text)},
                                   {"tool_name", json_string(result->name)},
                                   {"tool_call_id", json_string(result->call)}});
    }
}

Status add_tools(const core::ModelRequest& request, json::object& body) {
    // None cannot be said: then none are offered.
    if (request.tools.empty() || request.tool_choice == core::ToolChoice::None) return {};
    json::array tools;
    for (const auto& tool : request.tools) {
        BOT_TRY(parameters, parameters_of(tool));
        tools.push_back(json::object{{"type", "function"},
                                     {"function", json::object{{"name", json_string(tool.name)},
                                                               {"description", json_string(tool.description)},
                                                               {"parameters", std::move(parameters)}}}});
    }
    body["tools"] = std::move(tools);
    return {};
}

/// Most models can be told whether to think, some also how much. Those that cannot think refuse the word.
void add_thinking(const core::ModelRequest& request, const ModelFacts& facts, json::object& body) {
    if (!request.effort || !facts.card.reasoning) return;
    const bool off = *request.effort == Effort::None;
    if (facts.traits.thinking == Thinking::Level) {
        body["think"] = *request.effort == Effort::High     ? "high"
                        : *request.effort == Effort::Medium ? "medium"
                                                            : "low";
        if (off && facts.traits.thinking_off) body["think"] = false;
    } else if (!off || facts.traits.thinking_off) {
        body["think"] = !off;
    }
}

}  // namespace

Result<std::string> encode_ollama_request(const core::ModelRequest& request, const ModelFacts& facts) {
    BOT_TRY(sent, messages_to_send(request.messages));
    json::array messages;
    for (const auto* message : sent) {
        if (message->role == Role::Tool) {
            encode_results(*message, messages);
        } else {
            BOT_TRY(said, encode_said(*message));
            messages.push_back(std::move(said));
        }
    }
    json::object body{{"model", json_string(request.model)}, {"messages", std::move(messages)}};
    BOT_CHECK(add_tools(request, body));
    if (request.schema) {
        BOT_TRY(schema, schema_of(*request.schema));
        body["format"] = std::move(schema);
    }
    json::object options{{"num_ctx", facts.card.window_tokens}, {"num_predict", request.max_output_tokens}};
    if (request.temperature && facts.traits.sampling) options["temperature"] = *request.temperature;
    if (!request.stop.empty()) options["stop"] = json_strings(request.stop);
    body["options"] = std::move(options);
    add_thinking(request, facts, body);
    // Neither the prompt nor the answer's own beginning is cut to make room: that would be silent.
    body["truncate"] = false;
    body["shift"] = false;
    body["stream"] = true;
    return json::serialize(body);
}

}  // namespace boternity::infra
