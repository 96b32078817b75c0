#include "infra/store/soci/settings_json.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <soci/soci.h>

#include <optional>

namespace boternity::infra::store {
namespace {

namespace json = boost::json;

/// Throws soci_error, as all that reads columns does.
json::object parse_object(std::string_view text) {
    json::parse_options options;
    options.allow_invalid_utf8 = true;
    json::error_code error;
    auto value = json::parse(text, error, {}, options);
    if (error || !value.is_object()) throw soci::soci_error("a column is not the JSON that was written");
    return std::move(value.get_object());
}

template <class T>
void put(json::object& object, std::string_view name, const std::optional<T>& value) {
    if (value) object[name] = *value;
}

template <class T>
void take(const json::object& object, std::string_view name, std::optional<T>& value) {
    const auto* found = object.if_contains(name);
    if (found == nullptr) return;
    json::error_code error;
    const T number = found->to_number<T>(error);
    if (error) throw soci::soci_error("a setting is not the number that was written");
    value = number;
}

std::string text_of(const json::object& object, std::string_view name) {
    const auto* found = object.if_contains(name);
    return found && found->is_string() ? std::string(found->get_string()) : std::string();
}

}  // namespace

std::string settings_to_json(const core::BotSettings& settings) {
    json::object object;
    put(object, "temperature", settings.temperature);
    put(object, "max_output_tokens", settings.max_output_tokens);
    if (!settings.tools.empty()) object["tools"] = json::array(settings.tools.begin(), settings.tools.end());
    put(object, "max_steps", settings.max_steps);
    put(object, "max_run_seconds", settings.max_run_seconds);
    put(object, "max_run_tokens", settings.max_run_tokens);
    return object.empty() ? "{}" : json::serialize(object);
}

core::BotSettings settings_from_json(std::string_view text) {
    core::BotSettings settings;
    if (text == "{}") return settings;
    const auto object = parse_object(text);
    take(object, "temperature", settings.temperature);
    take(object, "max_output_tokens", settings.max_output_tokens);
    if (const auto* tools = object.if_contains("tools"); tools && tools->is_array()) {
        for (const auto& tool : tools->get_array())
            if (tool.is_string()) settings.tools.emplace_back(tool.get_string());
    }
    take(object, "max_steps", settings.max_steps);
    take(object, "max_run_seconds", settings.max_run_seconds);
    take(object, "max_run_tokens", settings.max_run_tokens);
    return settings;
}

std::string brief_to_json(const core::AgentBrief& brief) {
    return json::serialize(json::object{{"name", brief.name},
                                        {"task", brief.task},
                                        {"instructions", brief.instructions},
                                        {"workspace", brief.workspace}});
}

core::AgentBrief brief_from_json(std::string_view text) {
    const auto object = parse_object(text);
    const auto* workspace = object.if_contains("workspace");
    return {.name = text_of(object, "name"),
            .task = text_of(object, "task"),
            .instructions = text_of(object, "instructions"),
            .workspace = workspace && workspace->is_bool() && workspace->get_bool()};
}

}  // namespace boternity::infra::store
