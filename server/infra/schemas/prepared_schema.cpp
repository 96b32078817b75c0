#include "infra/schemas/prepared_schema.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace boternity::infra {
namespace {

namespace json = boost::json;

constexpr std::array<std::string_view, 14> kPlain{
    "type",      "enum",      "const",    "maximum",  "exclusiveMaximum", "minimum",       "exclusiveMinimum",
    "maxLength", "minLength", "maxItems", "minItems", "maxProperties",    "minProperties", "required"};
constexpr std::array<std::string_view, 6> kBelow{"additionalProperties", "additionalItems", "contains",
                                                 "propertyNames",        "items",           "dependencies"};
constexpr std::array<std::string_view, 4> kSame{"not", "if", "then", "else"};
constexpr std::array<std::string_view, 3> kSameLists{"allOf", "anyOf", "oneOf"};
constexpr std::array<std::string_view, 3> kMaps{"properties", "definitions", "$defs"};
constexpr std::array<std::string_view, 7> kTypes{"string", "integer", "number", "boolean",
                                                 "object", "array",   "null"};

template <class List>
bool has(const List& list, std::string_view name) {
    return std::ranges::find(list, name) != list.end();
}

bool is_type(const json::value& value) {
    return value.is_string() && has(kTypes, std::string_view(value.get_string()));
}

/// One part of a JSON pointer.
std::string escaped(std::string_view name) {
    std::string out;
    for (const char c : name) {
        if (c == '~') out += "~0";
        if (c == '/') out += "~1";
        if (c != '~' && c != '/') out += c;
    }
    return out;
}

class Preparing {
public:
    Result<json::value> whole(const json::value& schema) {
        BOT_TRY(out, subschema(schema, "#"));
        for (const auto& [from, to] : references_)
            if (!looks_.contains(to)) return wrong(from, "its $ref leads to no schema in this document");
        std::set<std::string> open;
        std::set<std::string> done;
        for (const auto& [place, unused] : looks_)
            if (circles(place, open, done)) return wrong(place, "it refers to itself for the same value");
        return std::move(out);
    }

private:
    static std::unexpected<Error> wrong(const std::string& place, std::string_view what) {
        return fail(invalid_argument(fmt::format("at {}: {}", place.substr(0, 200), what)));
    }

    Result<json::value> subschema(const json::value& from, const std::string& place) {
        // Places are kept, here and by the library: together they must stay small.
        if (place.size() > kLongestPlace) return wrong(place, "it lies too deep, or its names are too long");
        auto& below = looks_[place];
        json::object out;
        out[kWorkWord] = 1;
        if (const bool* all = from.if_bool()) {
            if (!*all) out["not"] = json::object();
            return json::value(std::move(out));
        }
        if (!from.is_object()) return wrong(place, "a schema must be an object");
        const auto& object = from.get_object();
        if (const auto* reference = object.if_contains("$ref")) {
            if (!reference->is_string()) return wrong(place, "$ref must be a string");
            const std::string to(reference->get_string());
            if (!to.starts_with('#')) return wrong(place, "its $ref leads to another document");
            below.push_back(to);
            references_.emplace_back(place, to);
            json::object referring{{"$ref", to}};
            // Definitions may stand beside it: they are only looked at by reference.
            BOT_CHECK(maps(object, place, referring, {"definitions", "$defs"}));
            return json::value(std::move(referring));
        }
        BOT_CHECK(plain(object, place, out));
        BOT_CHECK(maps(object, place, out, kMaps));
        BOT_CHECK(deeper(object, place, out));
        return json::value(std::move(out));
    }

    static Status plain(const json::object& from, const std::string& place, json::object& out) {
        std::int64_t work = 1;
        for (const auto name : kPlain)
            if (const auto* value = from.if_contains(name)) out[name] = *value;
        if (const auto* types = out.if_contains("type")) {
            const auto* list = types->if_array();
            if (list ? !std::ranges::all_of(*list, is_type) : !is_type(*types))
                return wrong(place, "type must be string, integer, number, boolean, object, array or null");
        }
        if (const auto* of = from.if_contains("multipleOf")) {
            const bool positive =
                (of->is_int64() && of->get_int64() > 0) || (of->is_double() && of->get_double() > 0);
            if (!positive) return wrong(place, "multipleOf must be a number above 0");
            out[kMultipleWord] = *of;
        }
        for (const auto* name : {"enum", "required"})
            if (const auto* list = out.if_contains(name); list && list->is_array())
                work += static_cast<std::int64_t>(list->get_array().size());
        if (const auto* pattern = from.if_contains("pattern")) out[kPatternWord] = *pattern;
        if (const auto* unique = from.if_contains("uniqueItems"); unique && *unique == json::value(true))
            out[kUniqueWord] = true;
        out[kWorkWord] = work;
        return {};
    }

    template <class Names>
    Status maps(const json::object& from, const std::string& place, json::object& out, const Names& names) {
        for (const auto name : names) {
            const auto* map = from.if_contains(name);
            if (!map) continue;
            if (!map->is_object()) return wrong(place, fmt::format("{} must be an object", name));
            json::object prepared;
            for (const auto& [key, member] : map->get_object()) {
                BOT_TRY(below, subschema(member, fmt::format("{}/{}/{}", place, name, escaped(key))));
                prepared[key] = std::move(below);
            }
            out[name] = std::move(prepared);
        }
        return {};
    }
    Status maps(const json::object& from, const std::string& place, json::object& out,
                std::initializer_list<std::string_view> names) {
        return maps<std::initializer_list<std::string_view>>(from, place, out, names);
    }

    Status deeper(const json::object& from, const std::string& place, json::object& out) {
        for (const auto name : kSame) BOT_CHECK(one(from, place, name, out, true));
        for (const auto name : kSameLists) {
            const auto* list = from.if_contains(name);
            if (list && (!list->is_array() || list->get_array().empty()))
                return wrong(place, fmt::format("{} must be a list of schemas", name));
            BOT_CHECK(one(from, place, name, out, true));
        }
        for (const auto name : kBelow) {
            if (name == "dependencies") continue;
            // Without the patterns nobody knows which properties are additional.
            if (name == "additionalProperties" && from.contains("patternProperties")) continue;
            BOT_CHECK(one(from, place, name, out, false));
        }
        return dependencies(from, place, out);
    }

    /// A schema, a list of them, or, where that has a meaning of its own, true or false.
    Status one(const json::object& from, const std::string& place, std::string_view name, json::object& out,
               bool same_value) {
        const auto* value = from.if_contains(name);
        if (!value) return {};
        const std::string at = fmt::format("{}/{}", place, name);
        if (value->is_bool() && name.starts_with("additional")) {
            out[name] = *value;
            return {};
        }
        if (!value->is_array()) {
            if (same_value) looks_[place].push_back(at);
            BOT_TRY(below, subschema(*value, at));
            out[name] = std::move(below);
            return {};
        }
        if (name != "items" && !has(kSameLists, name)) return wrong(at, "a schema must be an object");
        json::array list;
        for (const auto& entry : value->get_array()) {
            const std::string there = fmt::format("{}/{}", at, list.size());
            if (same_value) looks_[place].push_back(there);
            BOT_TRY(below, subschema(entry, there));
            list.push_back(std::move(below));
        }
        out[name] = std::move(list);
        return {};
    }

    Status dependencies(const json::object& from, const std::string& place, json::object& out) {
        const auto* map = from.if_contains("dependencies");
        if (!map) return {};
        if (!map->is_object()) return wrong(place, "dependencies must be an object");
        json::object prepared;
        for (const auto& [key, member] : map->get_object()) {
            if (member.is_array()) {
                prepared[key] = member;
                continue;
            }
            const std::string at = fmt::format("{}/dependencies/{}", place, escaped(key));
            looks_[place].push_back(at);
            BOT_TRY(below, subschema(member, at));
            prepared[key] = std::move(below);
        }
        out["dependencies"] = std::move(prepared);
        return {};
    }

    bool circles(const std::string& place, std::set<std::string>& open, std::set<std::string>& done) {
        if (done.contains(place)) return false;
        if (open.size() > kLongestWay || !open.insert(place).second) return true;
        for (const auto& next : looks_[place])
            if (circles(next, open, done)) return true;
        open.erase(place);
        done.insert(place);
        return false;
    }

    static constexpr std::size_t kLongestWay = 500;
    static constexpr std::size_t kLongestPlace = 1'000;
    std::map<std::string, std::vector<std::string>> looks_;  ///< from a place to those for the same value
    std::vector<std::pair<std::string, std::string>> references_;
};

}  // namespace

Result<json::value> prepare_schema(const json::value& schema) {
    return Preparing().whole(schema);
}

const json::object* referred(const json::value& schema, std::string_view reference) {
    if (reference == "#") return schema.if_object();
    if (!reference.starts_with("#/")) return nullptr;
    boost::system::error_code error;
    const auto* found = schema.find_pointer(reference.substr(1), error);
    return found && !error ? found->if_object() : nullptr;
}

}  // namespace boternity::infra
