#include "infra/llm/llama_cpp/schema_check.hpp"

#include <boost/json/parse.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <utility>

namespace boternity::infra::llm {
namespace {

namespace json = boost::json;

constexpr std::size_t kMostBytes = 64 * 1024;
constexpr std::size_t kMostLevels = 32;
constexpr std::size_t kMostNameBytes = 256;
constexpr int kMostRepeats = 2000;  // llama.cpp's own limit
constexpr int kMostHops = 32;

// What draft 2020-12 has and llama.cpp's grammars do not hold.
constexpr std::array<std::string_view, 20> kNotHeld{"not",
                                                    "if",
                                                    "then",
                                                    "else",
                                                    "dependentRequired",
                                                    "contains",
                                                    "minContains",
                                                    "maxContains",
                                                    "uniqueItems",
                                                    "dependentSchemas",
                                                    "multipleOf",
                                                    "$dynamicRef",
                                                    "propertyNames",
                                                    "minProperties",
                                                    "patternProperties",
                                                    "$recursiveRef",
                                                    "dependencies",
                                                    "maxProperties",
                                                    "unevaluatedItems",
                                                    "unevaluatedProperties"};

// Their members are names of a person's choice, not keywords.
constexpr std::array<std::string_view, 3> kNamed{"properties", "$defs", "definitions"};
constexpr std::array<std::string_view, 4> kCounts{"minLength", "maxLength", "minItems", "maxItems"};
// Their values are data.
constexpr std::array<std::string_view, 4> kData{"const", "enum", "default", "examples"};

bool is_one_of(const auto& names, std::string_view name) {
    return std::ranges::find(names, name) != names.end();
}

/// Goes through a schema; the first thing that is wrong ends it.
class Inspection {
public:
    Inspection(const json::value& root, std::string_view what, Unknown unknown)
        : root_(root), what_(what), unknown_(unknown) {}

    Status look(const json::value& schema) const {
        if (schema.is_bool()) return {};
        const auto* object = schema.if_object();
        if (object == nullptr) return wrong("holds something that is no schema");
        for (const auto& [key, value] : *object) {
            BOT_CHECK(look_at(key, value));
        }
        return {};
    }

private:
    std::unexpected<Error> wrong(std::string_view why) const {
        return fail(invalid_argument(fmt::format("The schema of {} {}.", what_, why)));
    }

    Status look_at(std::string_view key, const json::value& value) const {
        if (is_one_of(kData, key)) return {};
        if (key == "$ref") return follow(value);
        if (unknown_ == Unknown::Refused && is_one_of(kNotHeld, key)) {
            return wrong(fmt::format("uses \"{}\", which this model cannot be held to; leave it out", key));
        }
        if (is_one_of(kCounts, key)) return count(key, value);
        if (is_one_of(kNamed, key)) {
            const auto* named = value.if_object();
            if (named == nullptr) return wrong(fmt::format("needs an object as \"{}\"", key));
            for (const auto& member : *named) {
                if (member.key().size() > kMostNameBytes) {
                    return wrong(fmt::format("has a name of {} bytes; at most {} can be kept",
                                             member.key().size(), kMostNameBytes));
                }
                BOT_CHECK(look(member.value()));
            }
        } else if (const auto* list = value.if_array()) {
            for (const auto& item : *list) {
                if (item.is_object()) BOT_CHECK(look(item));
            }
        } else if (value.is_object()) {
            return look(value);
        }
        return {};
    }

    Status count(std::string_view key, const json::value& value) const {
        const bool whole = value.is_int64() || value.is_uint64();
        if (whole && value.to_number<double>() >= 0 && value.to_number<double>() <= kMostRepeats) return {};
        return wrong(fmt::format("has a \"{}\" that is not a whole number from 0 to {}", key, kMostRepeats));
    }

    Status follow(const json::value& reference) const {
        const json::value* at = &reference;
        for (int hops = 0; hops < kMostHops; ++hops) {
            const auto* path = at->if_string();
            if (path == nullptr) return wrong("has a \"$ref\" that is no text");
            if (!path->starts_with('#') || path->size() > kMostNameBytes) {
                return wrong(fmt::format("refers to \"{}\"; only references within it (#/...) are followed",
                                         std::string_view(*path).substr(0, 100)));
            }
            boost::system::error_code error;
            const auto* target = root_.find_pointer(std::string_view(*path).substr(1), error);
            if (target == nullptr) {
                return wrong(fmt::format("refers to \"{}\", which is not there",
                                         std::string_view(*path).substr(0, 100)));
            }
            const auto* object = target->if_object();
            at = object == nullptr ? nullptr : object->if_contains("$ref");
            if (at == nullptr) return {};
        }
        return wrong("has references that lead in a circle");
    }

    const json::value& root_;
    std::string_view what_;
    Unknown unknown_;
};

}  // namespace

Result<json::value> check_schema(std::string_view text, std::string_view what, Unknown unknown) {
    if (text.size() > kMostBytes) {
        return fail(invalid_argument(fmt::format("The schema of {} is {} bytes long; at most {} can be kept.",
                                                 what, text.size(), kMostBytes)));
    }
    json::parse_options options;
    options.max_depth = kMostLevels;
    boost::system::error_code error;
    auto schema = json::parse(text, error, {}, options);
    if (error == json::error::too_deep) {
        return fail(invalid_argument(fmt::format(
            "The schema of {} is nested deeper than {} levels; make it flatter.", what, kMostLevels)));
    }
    if (error || !schema.is_object()) {
        return fail(invalid_argument(fmt::format("The schema of {} is not a JSON object.", what)));
    }
    BOT_CHECK(Inspection(schema, what, unknown).look(schema));
    return schema;
}

}  // namespace boternity::infra::llm
