#include "infra/schemas/strict_json.hpp"

#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/value_stack.hpp>
#include <fmt/format.h>

#include <cmath>
#include <cstdint>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace boternity::infra {
namespace {

namespace json = boost::json;
using boost::system::error_code;

constexpr std::size_t kMostLevels = 64;
constexpr std::size_t kMostName = 1'000;
constexpr double kExact = 9007199254740992.0;  // 2^53: below it a double counts every integer

/// Builds the value as Boost.JSON's own handler does, and remembers the names of every open object.
struct Handler {
    // NOLINTBEGIN(readability-identifier-naming): the names that basic_parser asks for
    static constexpr std::size_t max_object_size = std::size_t(-1);
    static constexpr std::size_t max_array_size = std::size_t(-1);
    static constexpr std::size_t max_key_size = std::size_t(-1);
    static constexpr std::size_t max_string_size = std::size_t(-1);
    // NOLINTEND(readability-identifier-naming)

    json::value_stack stack{};
    std::vector<std::set<std::string, std::less<>>> names{};
    std::string name{};
    std::string problem{};

    bool refuse(std::string why, error_code& error) {
        problem = std::move(why);
        error = json::make_error_code(json::error::syntax);
        return false;
    }

    bool on_document_begin(error_code&) {
        stack.reset();
        return true;
    }
    bool on_document_end(error_code&) { return true; }
    bool on_object_begin(error_code&) {
        names.emplace_back();
        return true;
    }
    bool on_object_end(std::size_t count, error_code&) {
        names.pop_back();
        stack.push_object(count);
        return true;
    }
    bool on_array_begin(error_code&) { return true; }
    bool on_array_end(std::size_t count, error_code&) {
        stack.push_array(count);
        return true;
    }
    bool on_key_part(json::string_view part, std::size_t, error_code&) {
        name.append(part.data(), part.size());
        stack.push_chars(part);
        return true;
    }
    bool on_key(json::string_view part, std::size_t bytes, error_code& error) {
        if (bytes > kMostName) return refuse("a name in an object has more than 1,000 bytes", error);
        name.append(part.data(), part.size());
        stack.push_key(part);
        if (!names.back().insert(name).second) return refuse("one name stands twice in an object", error);
        name.clear();
        return true;
    }
    bool on_string_part(json::string_view part, std::size_t, error_code&) {
        stack.push_chars(part);
        return true;
    }
    bool on_string(json::string_view part, std::size_t, error_code&) {
        stack.push_string(part);
        return true;
    }
    bool on_number_part(json::string_view, error_code&) { return true; }
    bool on_int64(std::int64_t number, json::string_view, error_code&) {
        stack.push_int64(number);
        return true;
    }
    bool on_uint64(std::uint64_t number, json::string_view text, error_code& error) {
        return on_double(static_cast<double>(number), text, error);
    }
    bool on_double(double number, json::string_view, error_code& error) {
        if (!std::isfinite(number)) return refuse("a number is too large", error);
        if (std::abs(number) < kExact && std::trunc(number) == number) {
            stack.push_int64(static_cast<std::int64_t>(number));
        } else {
            stack.push_double(number);
        }
        return true;
    }
    bool on_bool(bool value, error_code&) {
        stack.push_bool(value);
        return true;
    }
    bool on_null(error_code&) {
        stack.push_null();
        return true;
    }
    bool on_comment_part(json::string_view, error_code&) { return true; }
    bool on_comment(json::string_view, error_code&) { return true; }
};

/// What Boost.JSON found, in words for who wrote the text.
std::string describe(error_code error) {
    if (error == json::error::incomplete) return "it ends too early";
    if (error == json::error::extra_data) return "there is something behind its end";
    if (error == json::error::too_deep) return "it is nested deeper than 64 levels";
    if (error == json::error::illegal_leading_surrogate || error == json::error::illegal_trailing_surrogate ||
        error == json::error::expected_utf16_escape) {
        return "a \\u escape is half of a surrogate pair";
    }
    if (error == json::error::exponent_overflow) return "a number is too large";
    return error.message();
}

}  // namespace

Result<json::value> parse_strict_json(std::string_view text) {
    json::parse_options options;
    options.max_depth = kMostLevels;
    json::basic_parser<Handler> parser(options);
    error_code error;
    const std::size_t used = parser.write_some(false, text.data(), text.size(), error);
    if (!error && used < text.size()) error = json::make_error_code(json::error::extra_data);
    if (error) {
        const auto& found = parser.handler().problem;
        return fail(invalid_argument(
            fmt::format("not valid JSON: {} (at byte {})", found.empty() ? describe(error) : found, used)));
    }
    return parser.handler().stack.release();
}

Value to_value(const json::value& from) {
    if (from.is_bool()) return from.get_bool();
    if (from.is_int64()) return Value(std::int64_t{from.get_int64()});
    if (from.is_double()) return from.get_double();
    if (from.is_string()) return std::string(from.get_string());
    if (const auto* list = from.if_array()) {
        Value::List out;
        out.reserve(list->size());
        for (const auto& entry : *list) out.push_back(to_value(entry));
        return out;
    }
    if (const auto* object = from.if_object()) {
        Value::Object out;
        out.reserve(object->size());
        for (const auto& [name, member] : *object) out.emplace_back(std::string(name), to_value(member));
        return out;
    }
    return {};
}

}  // namespace boternity::infra
