#include "infra/llm/openai_responses/responses_request.hpp"

#include "infra/llm/wire/data_url.hpp"
#include "infra/llm/wire/json_reading.hpp"
#include "infra/llm/wire/request_json.hpp"

#include <boost/json/serialize.hpp>

#include <algorithm>
#include <utility>

namespace boternity::infra {

namespace json = boost::json;

namespace {

using core::Effort;
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

/// Adds the items of one message: a conversation here is one list of what was said, thought, called and
/// answered.
class ItemWriter {
public:
    ItemWriter(Role role, json::array& items) : role_(role), items_(items) {}

    void operator()(const core::TextPart& part) {
        if (part.text.empty()) return;
        const bool assistant = role_ == Role::Assistant;
        content_.push_back(json::object{{"type", assistant ? "output_text" : "input_text"},
                                        {"text", json_string(part.text)}});
    }
    void operator()(const core::MediaPart& part) { content_.push_back(encode_media(part)); }
    void operator()(const core::ReasoningPart& part) {
        if (part.state.format != kResponsesReasoning) return;
        auto item = parse_vendor_json(part.state.data);
        if (item && item->is_object()) add(std::move(item->get_object()));
    }
    void operator()(const core::ToolCall& call) {
        add({{"type", "function_call"},
             {"call_id", json_string(call.id)},
             {"name", json_string(call.name)},
             {"arguments", call.arguments.empty() ? json::string("{}") : json_string(call.arguments)}});
    }
    void operator()(const core::ToolResult& result) {
        // The format has no place for it but the text.
        const std::string text = result.failed ? "The tool failed: " + result.text : result.text;
        add({{"type", "function_call_output"},
             {"call_id", json_string(result.call)},
             {"output", json_string(text)}});
    }

    /// What was said since the last other item is one.
    void flush() {
        if (content_.empty()) return;
        const char* role = role_ == Role::System ? "system" : role_ == Role::Assistant ? "assistant" : "user";
        items_.push_back(
            json::object{{"type", "message"}, {"role", role}, {"content", std::exchange(content_, {})}});
    }

private:
    void add(json::object item) {
        flush();
        items_.push_back(std::move(item));
    }

    Role role_;
    json::array& items_;
    json::array content_;
};

Status add_tools(const core::ModelRequest& request, const ModelTraits& traits, json::object& body) {
    if (request.tools.empty()) return {};
    json::array tools;
    for (const auto& tool : request.tools) {
        BOT_TRY(parameters, parameters_of(tool));
        // Strict is the default here, and would refuse most schemas.
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
    } else if (request.tool_choice == core::ToolChoice::Required && traits.forced_tools) {
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
    if (!facts.card.reasoning) return;
    // Nothing is kept there, so its thoughts come back with the next request.
    body["include"] = json::array{"reasoning.encrypted_content"};
    json::object reasoning{{"summary", "auto"}};
    if (request.effort) {
        switch (*request.effort) {
        case Effort::None: reasoning["effort"] = facts.traits.thinking_off ? "none" : "low"; break;
        case Effort::Low: reasoning["effort"] = "low"; break;
        case Effort::Medium: reasoning["effort"] = "medium"; break;
        case Effort::High: reasoning["effort"] = "high"; break;
        }
    }
    body["reasoning"] = std::move(reasoning);
}

}  // namespace

Result<std::string> encode_responses_request(const core::ModelRequest& request, const ModelFacts& facts) {
    BOT_TRY(sent, messages_to_send(request.messages));
    json::array input;
    for (const auto* message : sent) {
        ItemWriter writer(message->role, input);
        for (const auto& part : message->parts) std::visit(writer, part);
        writer.flush();
    }
    json::object body{{"model", json_string(request.model)}, {"input", std::move(input)}};
    BOT_CHECK(add_tools(request, facts.traits, body));
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
