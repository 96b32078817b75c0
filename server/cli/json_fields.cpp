#include "cli/json_fields.hpp"

#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <iterator>

namespace boternity::cli {

namespace json = boost::json;

std::string text_field(const json::object& object, std::string_view name) {
    const auto* value = object.if_contains(name);
    const auto* text = value != nullptr ? value->if_string() : nullptr;
    return text != nullptr ? std::string(text->data(), text->size()) : std::string();
}

std::int64_t number_field(const json::object& object, std::string_view name) noexcept {
    return static_cast<std::int64_t>(real_field(object, name));
}

double real_field(const json::object& object, std::string_view name) noexcept {
    const auto* value = object.if_contains(name);
    if (value == nullptr) return 0;
    if (const auto* whole = value->if_int64()) return static_cast<double>(*whole);
    if (const auto* whole = value->if_uint64()) return static_cast<double>(*whole);
    if (const auto* real = value->if_double()) return *real;
    return 0;
}

bool true_field(const json::object& object, std::string_view name) noexcept {
    const auto* value = object.if_contains(name);
    const auto* flag = value != nullptr ? value->if_bool() : nullptr;
    return flag != nullptr && *flag;
}

const json::object& object_field(const json::object& object, std::string_view name) noexcept {
    static const json::object kEmpty;
    const auto* value = object.if_contains(name);
    const auto* inner = value != nullptr ? value->if_object() : nullptr;
    return inner != nullptr ? *inner : kEmpty;
}

const json::array& array_field(const json::object& object, std::string_view name) noexcept {
    static const json::array kEmpty;
    const auto* value = object.if_contains(name);
    const auto* inner = value != nullptr ? value->if_array() : nullptr;
    return inner != nullptr ? *inner : kEmpty;
}

std::string json_line(const json::value& value) {
    const std::string plain = json::serialize(value);
    std::string out;
    out.reserve(plain.size());
    // JSON's syntax is ASCII, so these code points are inside strings. C1 is C2 80 to C2 9F in UTF-8; the
    // direction marks are E2 80 AA to AE, E2 80 8E/8F and E2 81 A6 to A9.
    for (std::size_t i = 0; i < plain.size(); ++i) {
        const auto at = [&](std::size_t offset) {
            return i + offset < plain.size() ? static_cast<unsigned char>(plain[i + offset]) : 0U;
        };
        if (at(0) == 0x7F) {
            out += "\\u007f";
        } else if (at(0) == 0xC2 && at(1) >= 0x80 && at(1) <= 0x9F) {
            fmt::format_to(std::back_inserter(out), "\\u{:04x}", at(1));
            i += 1;
        } else if (at(0) == 0xE2 &&
                   ((at(1) == 0x80 && ((at(2) >= 0xA8 && at(2) <= 0xAE) || at(2) == 0x8E || at(2) == 0x8F)) ||
                    (at(1) == 0x81 && at(2) >= 0xA6 && at(2) <= 0xA9))) {
            fmt::format_to(std::back_inserter(out), "\\u{:04x}",
                           0x2000U | (at(1) & 0x3FU) << 6U | (at(2) & 0x3FU));
            i += 2;
        } else {
            out += plain[i];
        }
    }
    return out;
}

}  // namespace boternity::cli
