#include "infra/llm/openai_responses/responses_request.hpp"

#include "infra/llm/wire/data_url.hpp"
#include "infra/llm/wire/json_reading.hpp"
#include "infra/llm/wire/request_json.hpp"

#include <boost/json/serialize.hpp>

#include <algorithm>
#include <cstddef>
#include <utility>

namespace boternity::infra {

namespace json = boost::json;

namespace {

using Role = core::PromptMessage::Role;

/// Fewer are refused.
constexpr int kLeastOutput = 16;

json::object encode_media(const core::MediaPart& media) {
    const std::string address = data_url(media);
    if (media.kind == core::MediaPart::Kind::Image)
        return {{"type", "input_image"}, {"image_url", json_string(address)}};
    const std::string_view name = media.name.empty() ? "document" : std::string_view(media.name);
    return {{"type", "input_file"}, {"filename", json_string(name)}, {"file_data", json_string(address)}};
}

/// Plain text where there is nothing else: every server that speaks the format reads it.
json::value encode_content(const core::PromptMessage& message) {
    if (core::parts_of<core::MediaPart>(message).empty()) return json_string(message.text());
    json::array parts;
    for (const auto& part : message.parts) {
        const auto* text = std::get_if<core::TextPart>(&part);
        if (text != nullptr && !text->text.empty())
            parts.push_back(json::object{{"type", "input_text"}, {"text", json_string(text->text)}});
        if (const auto* media = std::get_if<core::MediaPart>(&part)) parts.push_back(encode_media(*media));
    }
    return parts;
}

json::object encode_message(std::string_view role, json::value content) {
    return {{"type", "message"}, {"role", json_string(role)}, {"content", std::move(content)}};
}

/// Adds the item of one part of what the assistant said: none for what this format does not know.
struct ItemWriter {
    json::array& items;

    void operator()(const core::TextPart& part) const {
        if (part.text.empty()) return;
        json::object item = encode_message("assistant", json_string(part.text));
        if (part.state.format == kResponsesPhase) item["phase"] = json_string(part.state.data);
        items.push_back(std::move(item));
    }
    void operator()(const core::ReasoningPart& part) const {
        if (part.state.format != kResponsesReasoning) return;
        auto item = parse_vendor_json(part.state.data);
        if (item && item->is_object()) items.push_back(std::move(*item));
    }
    void operator()(const core::ToolCall& call) const {
        items.push_back(json::object{{"type", "function_call"},
                                     {"call_id", json_string(call.id)},
                                     {"name", json_string(call.name)},
                                     {"arguments", json_string(argument_text(call))}});
    }
    void operator()(const core::MediaPart&) const {}
    void operator()(const core::ToolResult& result) const {
        items.push_back(json::object{{"type", "function_call_output"},
                                     {"call_id", json_string(result.call)},
                                     {"output", json_string(result_text(result))}});
    }
};

Result<json::array> encode_input(const std::vector<core::PromptMessage>& messages) {
    BOT_TRY(sent, messages_to_send(messages));
    json::array items;
    for (const auto* message : sent) {
        if (message->role == Role::System || message->role == Role::User) {
            items.push_back(
                encode_message(message->role == Role::System ? "system" : "user", encode_content(*message)));
            continue;
        }
        const std::size_t before = items.size();
        for (const auto& part : message->parts) std::visit(ItemWriter{items}, part);
        drop_last(items, {"reasoning"}, before);
    }
    return items;
}

Status add_tools(const core::ModelRequest& request, bool may_force, json::object& body) {
    if (request.tools.empty()) return {};
    json::array tools;
    for (const auto& tool : request.tools) {
        BOT_TRY(parameters, parameters_of(tool));
        // Not said, it would be true, and most schemas of tools are not strict.
        tools.push_back(json::object{{"type", "function"},
                                     {"name", json_string(tool.name)},
                                     {"description", json_string(tool.description)},
                                     {"parameters", std::move(parameters)},
                                     {"strict", false}});
    }
    body["tools"] = std::move(tools);
    if (!request.parallel_calls) body["parallel_tool_calls"] = false;
    if (request.tool_choice == core::ToolChoice::None) {
        body["tool_choice"] = "none";
    } else if (request.tool_choice == core::ToolChoice::Required && may_force) {
        if (request.only_tool.empty()) {
            body["tool_choice"] = "required";
        } else {
            body["tool_choice"] =
                json::object{{"type", "function"}, {"name", json_string(request.only_tool)}};
        }
    }
    return {};
}

void add_reasoning(const core::ModelRequest& request, const ModelFacts& facts, json::object& body) {
    if (facts.traits.thinking != ModelTraits::Thinking::Level) return;
    // Nothing of the answer is kept there, so its reasoning must come here to be sent back. Models that do
    // not reason refuse to be asked for it. No summary is asked for: accounts that are not verified are
    // refused.
    body["include"] = json::array{"reasoning.encrypted_content"};
    const bool off = request.effort == core::Effort::None;
    if (request.effort && (!off || facts.traits.thinking_off))
        body["reasoning"] = json::object{{"effort", json_string(effort_word(*request.effort))}};
}

}  // namespace

Result<std::string> encode_responses_request(const core::ModelRequest& request, const ModelFacts& facts) {
    BOT_TRY(input, encode_input(request.messages));
    json::object body{{"model", json_string(request.model)}, {"input", std::move(input)}};
    BOT_CHECK(add_tools(request, facts.traits.forced_tools, body));
    if (request.schema) {
        BOT_TRY(schema, schema_of(*request.schema));
        body["text"] = json::object{{"format", json::object{{"type", "json_schema"},
                                                            {"name", json_string(request.schema->name)},
                                                            {"schema", std::move(schema)},
                                                            {"strict", true}}}};
    }
    add_reasoning(request, facts, body);
    body["max_output_tokens"] = std::max(request.max_output_tokens, kLeastOutput);
    if (request.temperature && facts.traits.sampling) body["temperature"] = *request.temperature;
    body["store"] = false;
    body["stream"] = true;
    return json::serialize(body);
}

}  // namespace boternity::infra
