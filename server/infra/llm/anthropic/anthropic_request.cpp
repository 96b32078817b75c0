#include "infra/llm/anthropic/anthropic_request.hpp"

#include "infra/llm/wire/data_url.hpp"
#include "infra/llm/wire/request_json.hpp"

#include <boost/json/serialize.hpp>

#include <algorithm>
#include <utility>

namespace boternity::infra {

namespace json = boost::json;

namespace {

using core::Effort;
using Role = core::PromptMessage::Role;
using Thinking = ModelTraits::Thinking;

// Of a model that takes a number of tokens: at least 1024 by the format, and less than the answer's limit.
constexpr int kLeastBudget = 1'024;
constexpr int kMediumBudget = 4'096;
constexpr int kHighBudget = 16'384;

/// Ids of other providers may hold characters that are refused here.
json::string call_id(std::string_view id) {
    json::string out = json_string(id);
    for (char& c : out) {
        const bool fits = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                          c == '_' || c == '-';
        if (!fits) c = '_';
    }
    return out;
}

json::object encode_media(const core::MediaPart& media) {
    const bool image = media.kind == core::MediaPart::Kind::Image;
    const bool plain = !image && media.media_type.starts_with("text/");
    json::object source{{"type", plain ? "text" : "base64"},
                        {"media_type", plain ? json::string("text/plain") : json_string(media.media_type)},
                        {"data", plain ? json_string(media.data()) : json_string(base64(media.data()))}};
    json::object block{{"type", image ? "image" : "document"}, {"source", std::move(source)}};
    if (!image && !media.name.empty()) block["title"] = json_string(media.name);
    return block;
}

/// Adds the blocks of one part: none for what this format does not know.
struct BlockWriter {
    json::array& blocks;

    void operator()(const core::TextPart& part) const {
        // A text of nothing but spaces is refused.
        if (part.text.find_first_not_of(" \t\r\n") != std::string::npos)
            blocks.push_back(json::object{{"type", "text"}, {"text", json_string(part.text)}});
    }
    void operator()(const core::MediaPart& part) const { blocks.push_back(encode_media(part)); }
    void operator()(const core::ReasoningPart& part) const {
        if (part.state.format == kAnthropicThinking) {
            blocks.push_back(json::object{{"type", "thinking"},
                                          {"thinking", json_string(part.text)},
                                          {"signature", json_string(part.state.data)}});
        } else if (part.state.format == kAnthropicRedacted) {
            blocks.push_back(
                json::object{{"type", "redacted_thinking"}, {"data", json_string(part.state.data)}});
        }
    }
    void operator()(const core::ToolCall& call) const {
        blocks.push_back(json::object{{"type", "tool_use"},
                                      {"id", call_id(call.id)},
                                      {"name", json_string(call.name)},
                                      {"input", arguments_of(call)}});
    }
    void operator()(const core::ToolResult& result) const {
        json::object block{{"type", "tool_result"},
                           {"tool_use_id", call_id(result.call)},
                           {"content", json_string(result.text)}};
        if (result.failed) block["is_error"] = true;
        blocks.push_back(std::move(block));
    }
};

json::array blocks_of(const core::PromptMessage& message) {
    json::array blocks;
    for (const auto& part : message.parts) std::visit(BlockWriter{blocks}, part);
    drop_last(blocks, {"thinking", "redacted_thinking"});
    return blocks;
}

Status add_messages(const core::ModelRequest& request, const ModelTraits& traits, json::object& body) {
    BOT_TRY(messages, messages_to_send(request.messages));
    json::array system;
    json::array turns;
    for (const auto* message : messages) {
        json::array blocks = blocks_of(*message);
        if (blocks.empty() && message->role == Role::User)
            return fail(invalid_argument("A message to a model must say something.", "messages"));
        if (blocks.empty()) continue;
        if (message->role == Role::System) {
            for (auto& block : blocks) system.push_back(std::move(block));
        } else {
            const bool assistant = message->role == Role::Assistant;
            turns.push_back(
                json::object{{"role", assistant ? "assistant" : "user"}, {"content", std::move(blocks)}});
        }
    }
    if (turns.empty()) return fail(invalid_argument("A model needs at least one message.", "messages"));
    if (turns.back().at("role") == "assistant" && !traits.prefill) {
        return fail(invalid_argument(
            "This model does not go on with an answer that was begun: the last message must be the user's.",
            "messages"));
    }
    if (!system.empty()) body["system"] = std::move(system);
    body["messages"] = std::move(turns);
    return {};
}

/// True when the model will think, so that neither a temperature nor a forced call may be asked for.
bool add_thinking(const core::ModelRequest& request, const ModelTraits& traits, json::object& body,
                  json::object& config) {
    if (!request.effort || traits.thinking == Thinking::None || traits.thinking == Thinking::Level)
        return false;
    const Effort effort = *request.effort;
    if (effort == Effort::None && traits.thinking_off) {
        body["thinking"] = json::object{{"type", "disabled"}};
        return false;
    }
    if (traits.thinking == Thinking::Budget) {
        const int wanted = effort == Effort::High     ? kHighBudget
                           : effort == Effort::Medium ? kMediumBudget
                                                      : kLeastBudget;
        const int budget = std::min(wanted, request.max_output_tokens - 1);
        if (budget < kLeastBudget) return false;  // no room to think
        body["thinking"] = json::object{{"type", "enabled"}, {"budget_tokens", budget}};
        return true;
    }
    body["thinking"] = json::object{{"type", "adaptive"}};
    config["effort"] = effort == Effort::High ? "high" : effort == Effort::Medium ? "medium" : "low";
    return true;
}

Status add_tools(const core::ModelRequest& request, bool may_force, json::object& body) {
    if (request.tools.empty()) return {};
    json::array tools;
    for (const auto& tool : request.tools) {
        BOT_TRY(parameters, parameters_of(tool));
        if (!parameters.contains("type")) parameters["type"] = "object";
        tools.push_back(json::object{{"name", json_string(tool.name)},
                                     {"description", json_string(tool.description)},
                                     {"input_schema", std::move(parameters)}});
    }
    body["tools"] = std::move(tools);
    json::object choice{{"type", "auto"}};
    if (request.tool_choice == core::ToolChoice::None) {
        choice["type"] = "none";
    } else if (request.tool_choice == core::ToolChoice::Required && may_force) {
        choice["type"] = request.only_tool.empty() ? "any" : "tool";
        if (!request.only_tool.empty()) choice["name"] = json_string(request.only_tool);
    }
    if (!request.parallel_calls && choice["type"] != "none") choice["disable_parallel_tool_use"] = true;
    if (choice.size() > 1 || choice["type"] != "auto") body["tool_choice"] = std::move(choice);
    return {};
}

}  // namespace

Result<std::string> encode_anthropic_request(const core::ModelRequest& request, const ModelTraits& traits) {
    json::object body{{"model", json_string(request.model)}, {"max_tokens", request.max_output_tokens}};
    BOT_CHECK(add_messages(request, traits, body));
    json::object config;
    const bool thinks = add_thinking(request, traits, body, config);
    if (request.schema) {
        BOT_TRY(schema, schema_of(*request.schema));
        config["format"] = json::object{{"type", "json_schema"}, {"schema", std::move(schema)}};
    }
    if (!config.empty()) body["output_config"] = std::move(config);
    BOT_CHECK(add_tools(request, traits.forced_tools && !thinks, body));
    if (request.temperature && traits.sampling && !thinks) {
        body["temperature"] = std::clamp(*request.temperature, 0.0, 1.0);  // others go up to 2
    }
    if (!request.stop.empty()) body["stop_sequences"] = json_strings(request.stop);
    // What a conversation has in common with its next turn is read from the cache then, at a tenth of the
    // price.
    if (!request.cache_key.empty()) body["cache_control"] = json::object{{"type", "ephemeral"}};
    body["stream"] = true;
    return json::serialize(body);
}

}  // namespace boternity::infra
