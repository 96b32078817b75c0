#include "infra/schemas/fault_text.hpp"

#include "infra/schemas/prepared_schema.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>
#include <string_view>

namespace boternity::infra {
namespace {

namespace json = boost::json;

constexpr std::size_t kMostFaults = 3;
constexpr std::size_t kMostNames = 20;

/// Short and at the end of a character.
std::string shortened(std::string text, std::size_t most) {
    if (text.size() <= most) return text;
    while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xC0U) == 0x80U) --most;
    return text.substr(0, most) + "...";
}

std::string shown(const json::value& value) {
    return shortened(json::serialize(value), 80);
}

/// A place in the value: what stands there, what the schema says of it, and its name.
struct Spot {
    std::string name{};
    const json::object* schema = nullptr;
    const json::value* value = nullptr;
};

const json::object* resolved(const json::value& root, const json::value* schema) {
    const auto* object = schema ? schema->if_object() : nullptr;
    for (int hops = 0; object && hops < 100; ++hops) {
        const auto* reference = object->if_contains("$ref");
        if (!reference || !reference->is_string()) return object;
        object = referred(root, std::string_view(reference->get_string()));
    }
    return nullptr;
}

Spot below(const Spot& at, std::string_view step, const json::value& root) {
    const std::string_view name = step.substr(1, step.size() - 2);
    Spot out;
    const json::value* schema = nullptr;
    if (at.value && at.value->is_array()) {
        out.name = fmt::format("{}[{}]", at.name, name);
        std::size_t index = 0;
        std::from_chars(name.data(), name.data() + name.size(), index);
        const auto& list = at.value->get_array();
        if (index < list.size()) out.value = &list[index];
        schema = at.schema ? at.schema->if_contains("items") : nullptr;
        if (schema && schema->is_array())
            schema = index < schema->get_array().size() ? &schema->get_array()[index] : nullptr;
    } else {
        const std::string part = shortened(std::string(name), 64);
        out.name = at.name.empty() ? part : fmt::format("{}.{}", at.name, part);
        if (at.value && at.value->is_object()) out.value = at.value->get_object().if_contains(name);
        const auto* known = at.schema ? at.schema->if_contains("properties") : nullptr;
        schema = known && known->is_object() ? known->get_object().if_contains(name) : nullptr;
        if (!schema && at.schema) schema = at.schema->if_contains("additionalProperties");
    }
    out.schema = resolved(root, schema);
    return out;
}

std::string with_article(std::string_view type) {
    if (type == "null") return "null";
    const bool vowel = std::string_view("aeio").contains(type.front());
    return fmt::format("{} {}", vowel ? "an" : "a", type);
}

/// The types that a schema wants, also one by one in anyOf or oneOf.
void gather_types(const json::object& schema, const json::value& root, std::vector<std::string>& out) {
    const auto add = [&](const json::value& type) {
        if (!type.is_string()) return;
        auto words = with_article(std::string_view(type.get_string()));
        if (std::ranges::find(out, words) == out.end()) out.push_back(std::move(words));
    };
    if (const auto* type = schema.if_contains("type")) {
        if (!type->is_array()) return add(*type);
        for (const auto& one : type->get_array()) add(one);
        return;
    }
    for (const auto* name : {"anyOf", "oneOf"}) {
        const auto* list = schema.if_contains(name);
        if (!list || !list->is_array()) continue;
        for (const auto& one : list->get_array()) {
            const auto* branch = resolved(root, &one);
            if (branch && branch->contains("type")) gather_types(*branch, root, out);
        }
    }
}

std::string type_of(const json::value* value) {
    if (!value) return "missing";
    if (value->is_null()) return "null";
    if (value->is_bool()) return "a boolean";
    if (value->is_int64()) return "an integer";
    if (value->is_string()) return "a string";
    if (value->is_array()) return "an array";
    if (value->is_object()) return "an object";
    const double number = value->is_double() ? value->get_double() : 1e300;
    return std::abs(number) >= 9007199254740992.0 ? "a number beyond 64 bits" : "a number with a fraction";
}

std::string wrong_type(const Spot& at, const json::value& root) {
    std::vector<std::string> types;
    if (at.schema) gather_types(*at.schema, root, types);
    if (types.empty()) return fmt::format("has the wrong type: {}", type_of(at.value));
    return fmt::format("must be {}, is {}", fmt::join(types, " or "), type_of(at.value));
}

std::string none_of(const Spot& at, const char* word) {
    const std::string instead = at.value ? ", is " + shown(*at.value) : "";
    const auto* wanted = at.schema ? at.schema->if_contains(word) : nullptr;
    if (!wanted) return "is none of the values that are possible there" + instead;
    if (!wanted->is_array() || std::string_view(word) == "const")
        return "must be " + shown(*wanted) + instead;
    std::vector<std::string> words;
    for (const auto& one : wanted->get_array()) {
        if (words.size() == kMostNames) break;
        words.push_back(shown(one));
    }
    const char* more = wanted->get_array().size() > kMostNames ? " or another" : "";
    return fmt::format("must be one of {}{}{}", fmt::join(words, ", "), more, instead);
}

/// What stands between the first quote behind a colon and the last quote of a sentence.
std::string quoted(std::string_view sentence) {
    const auto colon = sentence.find(": '");
    const auto begin = colon == std::string_view::npos ? sentence.find('\'') + 1 : colon + 3;
    const auto end = sentence.rfind('\'');
    return end > begin && end != std::string_view::npos ? std::string(sentence.substr(begin, end - begin))
                                                        : "";
}

std::string unknown(const Spot& at) {
    const auto* known = at.schema ? at.schema->if_contains("properties") : nullptr;
    std::vector<std::string> names;
    if (known && known->is_object())
        for (const auto& [name, unused] : known->get_object())
            if (names.size() < kMostNames) names.push_back(shortened(std::string(name), 64));
    if (names.empty()) return "there is no such parameter";
    return fmt::format("there is no such parameter; there are: {}", fmt::join(names, ", "));
}

/// "16.000000" as people write it.
std::string number_in(std::string sentence) {
    if (!sentence.contains('.')) return sentence;
    while (sentence.ends_with('0')) sentence.pop_back();
    if (sentence.ends_with('.')) sentence.pop_back();
    return sentence;
}

/// The library's sentence turned into a half of ours, for those that need no more than its number.
std::optional<std::string> bound(std::string_view sentence) {
    struct Turn {
        std::string_view from;
        const char* to;
    };
    static constexpr Turn kTurns[] = {{"Expected number less than or equal to ", "must be at most {}"},
                                      {"Expected number less than ", "must be below {}"},
                                      {"Expected number greater than or equal to ", "must be at least {}"},
                                      {"Expected number greater than ", "must be above {}"},
                                      {"Value should be a multiple of ", "must be a multiple of {}"},
                                      {"Array should contain no more than ", "must have at most {}"},
                                      {"Array should contain no fewer than ", "must have at least {}"},
                                      {"String should be no more than ", "must have at most {}"},
                                      {"String should be no fewer than ", "must have at least {}"},
                                      {"Object should have no more than ", "must have at most {}"},
                                      {"Object should have no fewer than ", "must have at least {}"}};
    for (const auto& turn : kTurns) {
        if (!sentence.starts_with(turn.from)) continue;
        std::string rest(sentence.substr(turn.from.size()));
        if (rest.ends_with(" in length.")) rest.resize(rest.size() - std::string_view(" in length.").size());
        if (rest.ends_with('.')) rest.pop_back();
        return fmt::format(fmt::runtime(turn.to), number_in(std::move(rest)));
    }
    return std::nullopt;
}

/// valijson says of each place above the fault that something below it is wrong.
bool is_echo(std::string_view sentence) {
    return sentence.starts_with("Failed to validate ") || sentence.starts_with("Cannot validate item");
}

struct Told {
    std::string name;
    std::string words;
};

std::optional<Told> told(const RawFault& fault, const json::value& root, const json::value& value) {
    Spot at{.schema = resolved(root, &root), .value = &value};
    for (const auto& step : fault.path)
        if (step.size() >= 2 && step.starts_with('[')) at = below(at, step, root);
    const std::string_view says = fault.sentence;
    if (says.starts_with("Missing required property")) {
        const auto missing = below(at, "[" + quoted(says) + "]", root);
        return Told{missing.name, "wanted, but is missing"};
    }
    if (says.starts_with("Missing dependency")) return Told{at.name, "wants " + quoted(says) + " beside it"};
    if (says.starts_with("Object contains a property"))
        return Told{below(at, "[" + quoted(says) + "]", root).name, unknown(at)};
    if (says.starts_with("Value type not permitted")) return Told{at.name, wrong_type(at, root)};
    if (says.starts_with("Failed to match against any enum")) return Told{at.name, none_of(at, "enum")};
    if (says.starts_with("Failed to match expected value")) return Told{at.name, none_of(at, "const")};
    if (says == "unique") return Told{at.name, "holds something twice; keep each once"};
    if (says == "pattern") return Told{at.name, "has not the form that is wanted"};
    if (says.starts_with("Failed to validate against exactly one"))
        return Told{at.name, "fits more than one of the forms that are possible there, must fit one"};
    if (says.starts_with("Target should not validate")) return Told{at.name, "has a form that is excluded"};
    if (auto words = bound(says)) return Told{at.name, std::move(*words)};
    if (is_echo(says)) return std::nullopt;
    return Told{at.name, "is not as wanted: " + shortened(std::string(says), 200)};
}

}  // namespace

std::string fault_text(const std::vector<RawFault>& faults, const json::value& schema,
                       const json::value& value) {
    std::vector<std::string> lines;
    std::size_t all = 0;
    for (const auto& fault : faults) {
        auto one = told(fault, schema, value);
        if (!one) continue;
        auto line = one->name.empty() ? one->words : fmt::format("{}: {}", one->name, one->words);
        if (std::ranges::find(lines, line) != lines.end()) continue;
        ++all;
        if (lines.size() < kMostFaults) lines.push_back(std::move(line));
    }
    if (lines.empty()) return "not as the schema wants it";
    return fmt::format("{}{}", fmt::join(lines, "; "), all > lines.size() ? "; and more" : "");
}

}  // namespace boternity::infra
