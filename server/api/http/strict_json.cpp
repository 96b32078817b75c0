#include "api/http/strict_json.hpp"

#include "api/http/url.hpp"

#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/value_stack.hpp>
#include <fmt/format.h>

#include <cmath>
#include <set>
#include <string>
#include <vector>

namespace boternity::api {
namespace {

namespace json = boost::json;
using boost::system::error_code;

/// Builds the value as Boost.JSON's own handler does, and remembers the keys of every open object.
struct Handler {
    // NOLINTBEGIN(readability-identifier-naming): the names that basic_parser asks for
    static constexpr std::size_t max_object_size = std::size_t(-1);
    static constexpr std::size_t max_array_size = std::size_t(-1);
    static constexpr std::size_t max_key_size = std::size_t(-1);
    static constexpr std::size_t max_string_size = std::size_t(-1);
    // NOLINTEND(readability-identifier-naming)

    json::value_stack stack{};
    std::vector<std::set<std::string, std::less<>>> keys{};
    std::string key{};
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
        keys.emplace_back();
        return true;
    }
    bool on_object_end(std::size_t count, error_code&) {
        keys.pop_back();
        stack.push_object(count);
        return true;
    }
    bool on_array_begin(error_code&) { return true; }
    bool on_array_end(std::size_t count, error_code&) {
        stack.push_array(count);
        return true;
    }
    bool on_key_part(json::string_view part, std::size_t, error_code&) {
        key.append(part.data(), part.size());
        stack.push_chars(part);
        return true;
    }
    bool on_key(json::string_view part, std::size_t, error_code& error) {
        key.append(part.data(), part.size());
        stack.push_key(part);
        if (!keys.back().insert(key).second) {
            return refuse(fmt::format("the key \"{}\" stands twice in one object", key.substr(0, 60)), error);
        }
        key.clear();
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
    bool on_uint64(std::uint64_t number, json::string_view, error_code&) {
        stack.push_uint64(number);
        return true;
    }
    bool on_double(double number, json::string_view, error_code& error) {
        if (!std::isfinite(number)) return refuse("a number is too large", error);
        stack.push_double(number);
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

/// What Boost.JSON found, in words for who wrote the request.
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
    if (!is_utf8(text)) return fail(invalid_argument("The body is not valid UTF-8."));
    json::parse_options options;
    options.max_depth = 64;
    json::basic_parser<Handler> parser(options);
    error_code error;
    const std::size_t used = parser.write_some(false, text.data(), text.size(), error);
    if (!error && used < text.size()) error = json::make_error_code(json::error::extra_data);
    if (error) {
        const auto& found = parser.handler().problem;
        return fail(invalid_argument(fmt::format("The body is not valid JSON: {} (at byte {}).",
                                                 found.empty() ? describe(error) : found, used)));
    }
    return parser.handler().stack.release();
}

}  // namespace boternity::api
