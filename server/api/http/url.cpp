#include "api/http/url.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace boternity::api {
namespace {

int hex_digit(char c) noexcept {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

}  // namespace

bool is_utf8(std::string_view bytes) noexcept {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
    for (std::size_t i = 0; i < bytes.size();) {
        const unsigned first = byte(i);
        if (first < 0x80) {
            ++i;
            continue;
        }
        const std::size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
        if (first < 0xc2 || first > 0xf4 || i + length > bytes.size()) return false;
        // The second byte rules out overlong forms, surrogates and what lies above U+10FFFF.
        const unsigned least = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
        const unsigned most = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
        if (byte(i + 1) < least || byte(i + 1) > most) return false;
        for (std::size_t k = 2; k < length; ++k) {
            if ((byte(i + k) & 0xc0u) != 0x80u) return false;
        }
        i += length;
    }
    return true;
}

std::optional<std::string> percent_decode(std::string_view text, Plus plus) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        char c = text[i];
        if (c == '%') {
            if (i + 2 >= text.size()) return std::nullopt;
            const int high = hex_digit(text[i + 1]);
            const int low = hex_digit(text[i + 2]);
            if (high < 0 || low < 0) return std::nullopt;
            c = static_cast<char>(high * 16 + low);
            i += 2;
        } else if (c == '+' && plus == Plus::IsSpace) {
            c = ' ';
        }
        out += c;
    }
    const bool control =
        std::ranges::any_of(out, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
    if (control || !is_utf8(out)) return std::nullopt;
    return out;
}

Result<QueryParameters> parse_query(std::string_view query) {
    QueryParameters out;
    while (!query.empty()) {
        const auto end = query.find('&');
        const auto part = query.substr(0, end);
        query = end == std::string_view::npos ? std::string_view{} : query.substr(end + 1);
        if (part.empty()) continue;
        const auto equals = part.find('=');
        auto name = percent_decode(part.substr(0, equals), Plus::IsSpace);
        if (!name)
            return fail(invalid_argument("The query string has a parameter whose name cannot be decoded."));
        auto value = equals == std::string_view::npos
                         ? std::optional<std::string>("")
                         : percent_decode(part.substr(equals + 1), Plus::IsSpace);
        if (!value) {
            return fail(invalid_argument(
                fmt::format("{}: the value is not percent-encoded UTF-8 without control characters.", *name),
                *name));
        }
        out.emplace_back(std::move(*name), std::move(*value));
    }
    return out;
}

Target split_target(std::string_view target) noexcept {
    if (!target.starts_with('/') && target != "*") {  // absolute form; the header guard has compared its host
        const auto slash = target.find_first_of("/?", target.find("://") + 3);
        target = slash == std::string_view::npos ? std::string_view("/") : target.substr(slash);
    }
    const auto mark = target.find('?');
    std::string_view path = target.substr(0, mark);
    if (path.empty()) path = "/";
    return {path, mark == std::string_view::npos ? std::string_view{} : target.substr(mark + 1)};
}

}  // namespace boternity::api
