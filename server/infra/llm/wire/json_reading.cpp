#include "infra/llm/wire/json_reading.hpp"

#include "infra/llm/wire/upstream_error.hpp"
#include "infra/llm/wire/vendor_text.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/string.hpp>

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <utility>

namespace boternity::infra {

namespace json = boost::json;

namespace {

std::optional<unsigned> escaped_unit(std::string_view text, std::size_t at) noexcept {
    if (at + 6 > text.size() || text[at] != '\\' || text[at + 1] != 'u') return std::nullopt;
    unsigned unit = 0;
    const auto [end, error] = std::from_chars(text.data() + at + 2, text.data() + at + 6, unit, 16);
    if (error != std::errc{} || end != text.data() + at + 6) return std::nullopt;
    return unit;
}

/// Writes escaped surrogates without a partner as the three bytes they would have, for Utf8Joiner to join.
std::string without_lone_surrogates(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t at = 0; at < text.size();) {
        const auto unit = escaped_unit(text, at);
        if (!unit) {
            const std::size_t step = text[at] == '\\' && at + 1 < text.size() ? 2 : 1;
            out += text.substr(at, step);
            at += step;
            continue;
        }
        const bool high = *unit >= 0xd800 && *unit < 0xdc00;
        const auto next = high ? escaped_unit(text, at + 6) : std::nullopt;
        if (next && *next >= 0xdc00 && *next < 0xe000) {
            out += text.substr(at, 12);
            at += 12;
            continue;
        }
        if (high || (*unit >= 0xdc00 && *unit < 0xe000)) {
            out += static_cast<char>(0xed);
            out += static_cast<char>(0x80U | (*unit >> 6U & 0x3fU));
            out += static_cast<char>(0x80U | (*unit & 0x3fU));
        } else {
            out += text.substr(at, 6);
        }
        at += 6;
    }
    return out;
}

std::optional<json::value> parse_once(std::string_view text) {
    json::parse_options options;
    options.max_depth = 64;
    options.allow_invalid_utf8 = true;
    boost::system::error_code error;
    json::value value = json::parse(json::string_view(text.data(), text.size()), error, {}, options);
    if (error) return std::nullopt;
    return value;
}

const json::value* value_in(const json::object& object, std::string_view name) noexcept {
    return object.if_contains(json::string_view(name.data(), name.size()));
}

}  // namespace

std::optional<json::value> parse_vendor_json(std::string_view text) {
    auto value = parse_once(text);
    if (!value && text.contains("\\u")) value = parse_once(without_lone_surrogates(text));
    return value;
}

Result<json::object> object_in_event(std::string_view data, std::string_view secret) {
    auto value = parse_vendor_json(data);
    if (!value || !value->is_object())
        return fail(unreadable_answer("an event is no JSON object: " + vendor_sentence(data, secret)));
    return std::move(value->get_object());
}

const json::object* object_in(const json::object& object, std::string_view name) noexcept {
    const json::value* value = value_in(object, name);
    return value == nullptr ? nullptr : value->if_object();
}

const json::array* array_in(const json::object& object, std::string_view name) noexcept {
    const json::value* value = value_in(object, name);
    return value == nullptr ? nullptr : value->if_array();
}

std::string_view string_in(const json::object& object, std::string_view name) noexcept {
    const json::value* value = value_in(object, name);
    const json::string* text = value == nullptr ? nullptr : value->if_string();
    return text == nullptr ? std::string_view{} : std::string_view(text->data(), text->size());
}

std::optional<int> count_in(const json::object& object, std::string_view name) noexcept {
    const json::value* value = value_in(object, name);
    if (value == nullptr) return std::nullopt;
    const std::int64_t* number = value->if_int64();
    if (number == nullptr || *number < 0 || *number > std::numeric_limits<int>::max()) return std::nullopt;
    return static_cast<int>(*number);
}

}  // namespace boternity::infra
