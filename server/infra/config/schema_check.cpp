#include "infra/config/schema.hpp"
#include "infra/config/schema_node.hpp"

// The same in every file that includes it, or the program has two of the same function.
#define VALIJSON_USE_EXCEPTIONS 1

#include <boost/json/array.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <valijson/adapters/boost_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validator.hpp>

#include <charconv>
#include <set>

namespace boternity::infra {
namespace {

namespace json = boost::json;
using Adapter = valijson::adapters::BoostJsonAdapter;

const valijson::Schema& parsed_schema() {
    static const auto schema = [] {
        auto out = std::make_unique<valijson::Schema>();
        const json::value root(schema_root());
        valijson::SchemaParser().populateSchema(Adapter(root), *out);
        return out;
    }();
    return *schema;
}

/// A place in the configuration: what stands there, what the schema says of it, and its name.
struct Spot {
    std::string key{};
    const json::object* node = nullptr;
    const json::value* value = nullptr;

    /// `step` is one of valijson's: "[server]", or "[0]" in a list.
    Spot down(std::string_view step) const {
        const auto name = step.substr(1, step.size() - 2);
        Spot below;
        if (value && value->is_array()) {
            std::size_t index = 0;
            std::from_chars(name.data(), name.data() + name.size(), index);
            below.key = fmt::format("{}[{}]", key, index);
            if (index < value->get_array().size()) below.value = &value->get_array()[index];
            if (node && node->contains("items")) below.node = node->at("items").if_object();
            return below;
        }
        below.key = key.empty() ? std::string(name) : fmt::format("{}.{}", key, name);
        if (value && value->is_object()) below.value = value->get_object().if_contains(name);
        if (node && node->contains("properties")) {
            const auto* found = node->at("properties").as_object().if_contains(name);
            below.node = found ? found->if_object() : nullptr;
        } else if (node && node->contains("additionalProperties")) {
            below.node = node->at("additionalProperties").if_object();
        }
        return below;
    }
};

/// What stands between the first and the last quote of valijson's sentence.
std::string quoted(std::string_view sentence) {
    const auto first = sentence.find(": '");
    const auto begin = first == std::string_view::npos ? sentence.find('\'') + 1 : first + 3;
    const auto end = sentence.rfind('\'');
    return end > begin ? std::string(sentence.substr(begin, end - begin)) : std::string();
}

std::vector<std::string> names_in(const json::object* node) {
    std::vector<std::string> names;
    if (node && node->contains("properties")) {
        for (const auto& [name, unused] : node->at("properties").as_object()) names.emplace_back(name);
    }
    return names;
}

/// A name from the file, short and on one line.
std::string shown(std::string_view name) {
    constexpr std::size_t kMost = 64;
    std::string out(name.substr(0, kMost));
    for (char& c : out) {
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
    }
    return name.size() > kMost ? out + "..." : out;
}

SchemaFault unknown(const Spot& in, const std::string& name) {
    const std::string key = in.key.empty() ? name : fmt::format("{}.{}", in.key, name);
    const auto names = names_in(in.node);
    const std::string where = in.key.empty() ? "There" : fmt::format("In {} there", in.key);
    if (const auto near = nearest_name(name, names)) {
        return {key, fmt::format("{} is no \"{}\"; did you mean {}?", where, shown(name), *near)};
    }
    // The same name elsewhere: its section was forgotten, or is another one.
    for (const auto& rule : setting_rules()) {
        if (rule.key.ends_with("." + name)) {
            return {key, fmt::format("{} is no \"{}\"; did you mean {}?", where, shown(name), rule.key)};
        }
    }
    return {key, fmt::format("{} is no \"{}\"; remove it, or use one of: {}.", where, shown(name),
                             fmt::join(names, ", "))};
}

/// What stands there instead: numbers and kinds, never a text.
std::string instead(const json::value& value) {
    if (value.is_int64()) return std::to_string(value.get_int64());
    if (value.is_bool()) return value.get_bool() ? "true" : "false";
    if (value.is_double()) return "a number with a fraction";
    if (value.is_array()) return "a list";
    if (value.is_object()) return "a table";
    return value.is_string() ? "this text" : "nothing";
}

SchemaFault wrong(const Spot& at) {
    const std::string expects = at.node ? expects_of(*at.node) : "something else";
    const std::string key = at.key.empty() ? "The configuration" : at.key;
    if (!at.value) return {at.key, fmt::format("{} must be {}.", key, expects)};
    return {at.key, fmt::format("{} must be {}; {} is none.", key, expects, instead(*at.value))};
}

SchemaFault to_fault(const valijson::ValidationResults::Error& error, const json::value& root) {
    Spot at{.key = {}, .node = &schema_root(), .value = &root};
    for (const auto& step : error.context) {
        if (step.starts_with('[')) at = at.down(step);
    }
    if (error.description.starts_with("Object contains a property")) {
        return unknown(at, quoted(error.description));
    }
    if (error.description.starts_with("Missing required property")) {
        const auto missing = at.down("[" + quoted(error.description) + "]");
        return {at.key, fmt::format("{} is missing; it must be {}.", missing.key,
                                    missing.node ? expects_of(*missing.node) : "there")};
    }
    if (error.description.starts_with("Elements at indexes")) {
        return {at.key, fmt::format("{} names something twice; keep each once.", at.key)};
    }
    return wrong(at);
}

/// valijson says of each place above the fault that something below it is wrong.
bool is_echo(const std::string& description) {
    return description.starts_with("Failed to validate against schema associated") ||
           description.starts_with("Failed to validate against additional properties") ||
           description.starts_with("Failed to validate item");
}

}  // namespace

std::vector<SchemaFault> check_schema(const json::object& root) {
    const json::value value(root);
    valijson::ValidationResults results;
    valijson::Validator validator;
    if (validator.validate(parsed_schema(), Adapter(value), &results)) return {};
    std::vector<SchemaFault> faults;
    std::set<std::string> told;
    for (const auto& error : results) {
        if (is_echo(error.description)) continue;
        auto fault = to_fault(error, value);
        if (told.insert(fault.key + '\n' + fault.message).second) faults.push_back(std::move(fault));
    }
    if (faults.empty()) faults.push_back({.key = {}, .message = "The configuration is not as its schema."});
    return faults;
}

}  // namespace boternity::infra
