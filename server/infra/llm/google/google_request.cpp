#include "infra/llm/google/google_request.hpp"

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

/// More are refused.
constexpr std::size_t kMaxStops = 5;

/// For calls that another model made: newer models refuse a call without a signature, but know this one
/// (ai.google.dev/gemini-api/docs/thought-signatures).
constexpr std::string_view kNoSignature = "skip_thought_signature_validator";

void add_signature(const core::ProviderState& state, json::object& part) {
    if (state.format == kGeminiSignature && !state.data.empty())
        part["thoughtSignature"] = json_string(state.data);
}

/// Adds the parts of one message: none for what this format does not know.
struct PartWriter {
    json::array& parts;
    bool foreign_calls;  ///< calls of a model that signs, and none is signed

    void operator()(const core::TextPart& part) const {
        json::object out{{"text", json_string(part.text)}};
        add_signature(part.state, out);
        if (!part.text.empty() || out.size() > 1) parts.push_back(std::move(out));
    }
    void operator()(const core::MediaPart& part) const {
        parts.push_back(
            json::object{{"inlineData", json::object{{"mimeType", json_string(part.media_type)},
                                                     {"data", json_string(base64(part.data()))}}}});
    }
    void operator()(const core::ReasoningPart& part) const {
        if (part.state.format != kGeminiSignature) return;
        json::object out{{"text", json_string(part.text)}, {"thought", true}};
        add_signature(part.state, out);
        parts.push_back(std::move(out));
    }
    void operator()(const core::ToolCall& call) {
        json::object out{{"functionCall", json::object{{"id", json_string(call.id)},
                                                       {"name", json_string(call.name)},
                                                       {"args", arguments_of(call)}}}};
        add_signature(call.state, out);
        if (std::exchange(foreign_calls, false)) out["thoughtSignature"] = json_string(kNoSignature);
        parts.push_back(std::move(out));
    }
    void operator()(const core::ToolResult& result) const {
        parts.push_back(json::object{
            {"functionResponse", json::object{{"id", json_string(result.call)},
                                              {"name", json_string(result.name)},
                                              {"response", json::object{{result.failed ? "error" : "output",
                                                                         json_string(result.text)}}}}}});
    }
};

bool is_signed(const core::PromptMessage& message) {
    return std::ranges::any_of(message.parts, [](const core::MessagePart& part) {
        return std::visit(
            [](const auto& one) {
                if constexpr (requires { one.state; })
                    return one.state.format == kGeminiSignature && !one.state.data.empty();
                return false;
            },
            part);
    });
}

json::array parts_json(const core::PromptMessage& message, const ModelTraits& traits) {
    json::array parts;
    PartWriter writer{parts, traits.thinking == Thinking::Level && !is_signed(message)};
    for (const auto& part : message.parts) std::visit(writer, part);
    return parts;
}

Status add_contents(const core::ModelRequest& request, const ModelTraits& traits, json::object& body) {
    BOT_TRY(messages, messages_to_send(request.messages));
    json::array system;
    json::array contents;
    for (const auto* message : messages) {
        json::array parts = parts_json(*message, traits);
        if (message->role == Role::System) {
            for (auto& part : parts) system.push_back(std::move(part));
        } else {
            const bool model = message->role == Role::Assistant;
            contents.push_back(json::object{{"role", model ? "model" : "user"}, {"parts", std::move(parts)}});
        }
    }
    if (contents.empty()) return fail(invalid_argument("A model needs at least one message.", "messages"));
    if (!system.empty()) body["systemInstruction"] = json::object{{"parts", std::move(system)}};
    body["contents"] = std::move(contents);
    return {};
}

Status add_tools(const core::ModelRequest& request, const ModelTraits& traits, json::object& body) {
    if (request.tools.empty()) return {};
    json::array tools;
    for (const auto& tool : request.tools) {
        BOT_TRY(parameters, parameters_of(tool));
        tools.push_back(json::object{{"name", json_string(tool.name)},
                                     {"description", json_string(tool.description)},
                                     {"parametersJsonSchema", std::move(parameters)}});
    }
    body["tools"] = json::array{json::object{{"functionDeclarations", std::move(tools)}}};
    json::object calling;
    if (request.tool_choice == core::ToolChoice::None) {
        calling["mode"] = "NONE";
    } else if (request.tool_choice == core::ToolChoice::Required && traits.forced_tools) {
        calling["mode"] = "ANY";
        if (!request.only_tool.empty())
            calling["allowedFunctionNames"] = json::array{json_string(request.only_tool)};
    }
    if (!calling.empty()) body["toolConfig"] = json::object{{"functionCallingConfig", std::move(calling)}};
    return {};
}

/// How much to think: a number of tokens for models up to 2.5, a word for newer ones.
void add_thinking(const core::ModelRequest& request, const ModelTraits& traits, json::object& generation) {
    const bool budget = traits.thinking == Thinking::Budget;
    if (!request.effort || (!budget && traits.thinking != Thinking::Level)) return;
    json::object thinking;
    const auto set = [&](int tokens, const char* word) {
        if (budget) {
            // Thoughts count as output: something is left for the answer.
            thinking["thinkingBudget"] = std::min(tokens, std::max(request.max_output_tokens - 1, 0));
        } else {
            thinking["thinkingLevel"] = word;
        }
    };
    switch (*request.effort) {
    // Those that always think: the least there is.
    case Effort::None: set(traits.thinking_off ? 0 : 128, traits.thinking_off ? "MINIMAL" : "LOW"); break;
    case Effort::Low: set(1'024, "LOW"); break;
    case Effort::Medium: set(8'192, "MEDIUM"); break;
    case Effort::High: set(24'576, "HIGH"); break;
    }
    if (*request.effort != Effort::None) thinking["includeThoughts"] = true;
    generation["thinkingConfig"] = std::move(thinking);
}

}  // namespace

Result<std::string> encode_google_request(const core::ModelRequest& request, const ModelTraits& traits) {
    json::object body;
    BOT_CHECK(add_contents(request, traits, body));
    BOT_CHECK(add_tools(request, traits, body));
    json::object generation{{"maxOutputTokens", request.max_output_tokens}};
    if (request.temperature && traits.sampling) generation["temperature"] = *request.temperature;
    if (!request.stop.empty()) {
        auto stops = request.stop;
        stops.resize(std::min(stops.size(), kMaxStops));
        generation["stopSequences"] = json_strings(stops);
    }
    if (request.schema) {
        BOT_TRY(schema, schema_of(*request.schema));
        generation["responseMimeType"] = "application/json";
        generation["responseJsonSchema"] = std::move(schema);
    }
    add_thinking(request, traits, generation);
    body["generationConfig"] = std::move(generation);
    return json::serialize(body);
}

}  // namespace boternity::infra
