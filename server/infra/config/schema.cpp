#include "infra/config/schema.hpp"

#include "boternity/config_schema.hpp"
#include "infra/config/schema_node.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <numeric>

namespace boternity::infra {
namespace {

namespace json = boost::json;

std::string word(const json::object& node, std::string_view name) {
    const auto* found = node.if_contains(name);
    return found && found->is_string() ? std::string(found->get_string()) : std::string();
}

std::string type_of(const json::object& node) {
    const auto type = word(node, "type");
    if (type == "integer") return "number";
    if (type == "boolean") return "switch";
    return type == "array" ? "list" : "text";
}

std::vector<SettingRule> read_rules() {
    std::vector<SettingRule> rules;
    for (const auto& [section, table] : schema_root().at("properties").as_object()) {
        const auto* settings = table.as_object().if_contains("properties");
        if (!settings) continue;  // providers
        for (const auto& [name, value] : settings->as_object()) {
            const auto& node = value.as_object();
            const auto* reloads = node.if_contains("x-reload");
            rules.push_back({.key = fmt::format("{}.{}", std::string(section), std::string(name)),
                             .type = type_of(node),
                             .description = word(node, "description"),
                             .expects = expects_of(node),
                             .fallback = to_config_value(node.at("default")),
                             .variable = word(node, "x-env"),
                             .option = word(node, "x-option"),
                             .reloads = reloads && reloads->is_bool() && reloads->get_bool()});
        }
    }
    return rules;
}

std::vector<std::string> split_list(std::string_view text) {
    std::vector<std::string> parts;
    while (!text.empty()) {
        const auto comma = std::min(text.find(','), text.size());
        auto part = text.substr(0, comma);
        text.remove_prefix(std::min(comma + 1, text.size()));
        while (part.starts_with(' ')) part.remove_prefix(1);
        while (part.ends_with(' ')) part.remove_suffix(1);
        if (!part.empty()) parts.emplace_back(part);
    }
    return parts;
}

/// How many letters must be changed, added, removed or swapped with their neighbour.
std::size_t distance(std::string_view left, std::string_view right) {
    std::vector<std::size_t> before(right.size() + 1);
    std::vector<std::size_t> now(right.size() + 1);
    std::vector<std::size_t> next(right.size() + 1);
    std::iota(now.begin(), now.end(), 0);
    for (std::size_t i = 0; i < left.size(); ++i) {
        next[0] = i + 1;
        for (std::size_t j = 0; j < right.size(); ++j) {
            next[j + 1] = std::min({now[j] + (left[i] == right[j] ? 0 : 1), now[j + 1] + 1, next[j] + 1});
            if (i > 0 && j > 0 && left[i] == right[j - 1] && left[i - 1] == right[j]) {
                next[j + 1] = std::min(next[j + 1], before[j - 1] + 1);
            }
        }
        std::swap(before, now);
        std::swap(now, next);
    }
    return now[right.size()];
}

}  // namespace

const json::object& schema_root() {
    static const json::value schema = json::parse(contract::config_schema());
    return schema.get_object();
}

std::string expects_of(const json::object& node) {
    if (auto said = word(node, "x-expects"); !said.empty()) return said;
    if (const auto* choices = node.if_contains("enum")) {
        std::vector<std::string> words;
        for (const auto& choice : choices->as_array()) words.emplace_back(choice.as_string());
        return fmt::format("one of: {}", fmt::join(words, ", "));
    }
    const auto type = word(node, "type");
    const auto* least = node.if_contains("minimum");
    const auto* most = node.if_contains("maximum");
    if (type == "integer" && least && most) {
        return fmt::format("a whole number from {} to {}", least->as_int64(), most->as_int64());
    }
    if (type == "integer") return "a whole number";
    if (type == "boolean") return "true or false";
    if (type == "array") return "a list of texts";
    if (type == "object") return "a table";
    const auto* longest = node.if_contains("maxLength");
    const auto* shortest = node.if_contains("minLength");
    if (!longest) return "a text";
    return fmt::format("a text of {} to {} characters", shortest ? shortest->as_int64() : 0,
                       longest->as_int64());
}

const std::vector<SettingRule>& setting_rules() {
    static const std::vector<SettingRule> rules = read_rules();
    return rules;
}

const SettingRule* find_rule(std::string_view key) {
    const auto found = std::ranges::find(setting_rules(), key, &SettingRule::key);
    return found == setting_rules().end() ? nullptr : &*found;
}

std::optional<std::string> nearest_name(std::string_view wrong, const std::vector<std::string>& names) {
    constexpr std::size_t kLongest = 64;  // nobody mistypes more than that
    if (wrong.size() > kLongest) return std::nullopt;
    const std::string* best = nullptr;
    std::size_t least = std::max<std::size_t>(2, wrong.size() / 3) + 1;
    for (const auto& name : names) {
        const auto far = distance(wrong, name);
        if (far < least && far < name.size()) {
            least = far;
            best = &name;
        }
    }
    return best ? std::optional(*best) : std::nullopt;
}

std::string unknown_key(std::string_view key) {
    std::vector<std::string> keys;
    for (const auto& rule : setting_rules()) {
        keys.push_back(rule.key);
        // Whoever leaves the section out, or takes another one, is shown the right one.
        if (rule.key.ends_with(fmt::format(".{}", key.substr(key.rfind('.') + 1)))) {
            return fmt::format("There is no setting \"{}\"; did you mean {}?", key, rule.key);
        }
    }
    if (const auto near = nearest_name(key, keys)) {
        return fmt::format("There is no setting \"{}\"; did you mean {}?", key, *near);
    }
    return fmt::format("There is no setting \"{}\"; see all with `boternity config show`.", key);
}

std::optional<json::value> read_value(const SettingRule& rule, std::string_view text) {
    if (rule.type == "text") return json::value(json::string(text));
    if (rule.type == "switch") {
        if (text == "true" || text == "false") return json::value(text == "true");
        return std::nullopt;
    }
    if (rule.type == "list") return to_json(split_list(text));
    std::int64_t number = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
    if (text.empty() || read.ec != std::errc{} || read.ptr != text.data() + text.size()) return std::nullopt;
    return json::value(number);
}

std::string value_text(const ConfigValue& value) {
    if (const auto* text = std::get_if<std::string>(&value)) return *text;
    if (const auto* number = std::get_if<std::int64_t>(&value)) return std::to_string(*number);
    if (const auto* on = std::get_if<bool>(&value)) return *on ? "true" : "false";
    return fmt::format("{}", fmt::join(std::get<std::vector<std::string>>(value), ","));
}

ConfigValue to_config_value(const json::value& value) {
    if (value.is_int64()) return value.get_int64();
    if (value.is_uint64()) return static_cast<std::int64_t>(value.get_uint64());
    if (value.is_bool()) return value.get_bool();
    if (value.is_string()) return std::string(value.get_string());
    std::vector<std::string> texts;
    if (value.is_array()) {
        for (const auto& text : value.get_array()) {
            if (text.is_string()) texts.emplace_back(text.get_string());
        }
    }
    return texts;
}

json::value to_json(const ConfigValue& value) {
    if (const auto* text = std::get_if<std::string>(&value)) return json::string(*text);
    if (const auto* number = std::get_if<std::int64_t>(&value)) return *number;
    if (const auto* on = std::get_if<bool>(&value)) return *on;
    json::array texts;
    for (const auto& text : std::get<std::vector<std::string>>(value)) texts.emplace_back(json::string(text));
    return texts;
}

}  // namespace boternity::infra
