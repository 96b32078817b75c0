#include "infra/llm/llama_cpp/answer_grammar.hpp"

#include "infra/llm/llama_cpp/schema_check.hpp"
#include "infra/llm/llama_cpp/tool_text.hpp"

#include <boost/json/serialize.hpp>
#include <fmt/format.h>
#include <json-schema-to-grammar.h>

#include <algorithm>
#include <exception>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

namespace boternity::infra::llm {
namespace {

namespace json = boost::json;

constexpr std::size_t kMostNameBytes = 64;

bool is_identifier(std::string_view name) noexcept {
    constexpr std::string_view kAllowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
    return !name.empty() && name.size() <= kMostNameBytes &&
           name.find_first_not_of(kAllowed) == std::string_view::npos;
}

/// Its references point into the schema; inside a larger document they point elsewhere.
void move_references(json::value& schema, std::string_view to) {
    if (auto* list = schema.if_array()) {
        for (auto& item : *list) move_references(item, to);
    } else if (auto* object = schema.if_object()) {
        for (auto& [key, value] : *object) {
            if (key == "$ref" && value.is_string() && value.get_string().starts_with('#')) {
                value = std::string(to) + std::string(value.get_string().subview(1));
            } else {
                move_references(value, to);
            }
        }
    }
}

/// One document for all calls, so that two tools may each have a definition of the same name.
Result<json::value> calls_schema(const std::vector<const core::ToolOffer*>& tools) {
    json::array calls;
    for (const auto* tool : tools) {
        BOT_TRY(parameters, check_schema(tool->parameters.empty() ? R"({"type":"object"})" : tool->parameters,
                                         fmt::format("tool {}", tool->name), Unknown::Ignored));
        move_references(parameters, fmt::format("#/anyOf/{}/properties/arguments", calls.size()));
        calls.push_back({{"type", "object"},
                         {"properties", {{"name", {{"const", tool->name}}}, {"arguments", parameters}}},
                         {"required", {"name", "arguments"}},
                         {"additionalProperties", false}});
    }
    return json::object{{"anyOf", std::move(calls)}};
}

Result<std::vector<const core::ToolOffer*>> wanted_tools(const core::ModelRequest& request) {
    std::set<std::string_view> names;
    std::vector<const core::ToolOffer*> wanted;
    for (const auto& tool : request.tools) {
        if (!is_identifier(tool.name)) {
            return fail(invalid_argument(
                fmt::format("\"{}\" cannot be a tool's name; use 1 to {} letters, digits, _ and -.",
                            tool.name.substr(0, kMostNameBytes), kMostNameBytes)));
        }
        if (!names.insert(tool.name).second) {
            return fail(
                invalid_argument(fmt::format("Two tools have the name {}; give each its own.", tool.name)));
        }
        const bool forced = request.tool_choice == core::ToolChoice::Required && !request.only_tool.empty();
        if (!forced || tool.name == request.only_tool) wanted.push_back(&tool);
    }
    if (wanted.empty() && request.tool_choice == core::ToolChoice::Required) {
        return fail(invalid_argument(
            fmt::format("There is no tool {} to call; offer it, or ask for any tool.", request.only_tool)));
    }
    return wanted;
}

/// What llama.cpp throws is about the schema: it reads nothing else.
template <class Make>
Result<std::string> converted(std::string_view what, Make make) {
    try {
        return make();
    } catch (const std::exception& error) {
        std::string why = error.what();
        std::ranges::replace(why, '\n', ' ');
        return fail(
            invalid_argument(fmt::format("The schema of {} cannot be kept by this model: {}", what, why)));
    }
}

Result<std::string> calls_grammar(const json::value& schema, const core::ModelRequest& request) {
    return converted("the tools", [&] {
        const auto document = common_chat_schema_from_json(common_json::parse(json::serialize(schema)));
        return build_grammar([&](const common_grammar_builder& builder) {
            const std::string call = builder.add_schema("call", *document.root);
            const std::string calls =
                fmt::format(R"({} ({} {}))", gbnf_format_literal(std::string(kCallOpens)), call,
                            gbnf_format_literal(std::string(kCallCloses)));
            const std::string one = builder.add_rule("one-call", calls);
            const std::string all =
                request.parallel_calls ? fmt::format(R"({0} ("\n" {0}){{0,7}})", one) : one;
            builder.add_rule("root", request.tool_choice == core::ToolChoice::Auto
                                         ? fmt::format(R"({} | [^<] [^\x00]* | "<" [^t] [^\x00]*)", all)
                                         : all);
        });
    });
}

}  // namespace

Result<std::optional<AnswerGrammar>> answer_grammar(const core::ModelRequest& request) {
    const bool calls = !request.tools.empty() && request.tool_choice != core::ToolChoice::None;
    // Checked also when none may be called: the request is wrong either way.
    BOT_TRY(tools, wanted_tools(request));
    const bool forced = calls && request.tool_choice == core::ToolChoice::Required;
    if (calls && (forced || !request.schema)) {
        BOT_TRY(schema, calls_schema(tools));
        BOT_TRY(grammar, calls_grammar(schema, request));
        return AnswerGrammar{.text = std::move(grammar), .or_text = !forced};
    }
    if (!request.schema) return std::nullopt;
    const std::string what = fmt::format("answer {}", request.schema->name);
    BOT_TRY(schema, check_schema(request.schema->schema, what, Unknown::Refused));
    // One level further in, where "#" is a reference like others.
    move_references(schema, "#/anyOf/0");
    const json::object document{{"anyOf", json::array{schema}}};
    BOT_TRY(grammar, converted(what, [&] {
                return json_schema_to_grammar(common_json::parse(json::serialize(document)));
            }));
    return AnswerGrammar{.text = std::move(grammar)};
}

}  // namespace boternity::infra::llm
