#include "core/bots/text_rules.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace boternity::core {
namespace {

constexpr std::size_t kMaxSlug = 63;

bool is_control(unsigned char c) noexcept {
    return c < 0x20 || c == 0x7f;
}

/// C1 controls (U+0080 to U+009F) are C2 80 to C2 9F in UTF-8.
bool has_control(std::string_view text, bool lines_allowed) noexcept {
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto c = static_cast<unsigned char>(text[i]);
        if (is_control(c) && !(lines_allowed && (c == '\n' || c == '\t' || c == '\r'))) return true;
        if (c == 0xc2 && i + 1 < text.size()) {
            const auto next = static_cast<unsigned char>(text[i + 1]);
            if (next >= 0x80 && next <= 0x9f) return true;
        }
    }
    return false;
}

}  // namespace

std::size_t character_count(std::string_view utf8) noexcept {
    return static_cast<std::size_t>(
        std::ranges::count_if(utf8, [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

bool is_valid_utf8(std::string_view bytes) noexcept {
    std::uint32_t point = 0;
    std::uint32_t least = 0;
    int left = 0;
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        if (left > 0) {
            if ((byte & 0xc0U) != 0x80) return false;
            point = point << 6U | (byte & 0x3fU);
            if (--left == 0 && (point < least || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff)))
                return false;
        } else if (byte >= 0x80) {
            left = byte >= 0xf0 ? 3 : byte >= 0xe0 ? 2 : 1;
            if (byte < 0xc2 || byte > 0xf4) return false;
            point = byte & (0x3fU >> static_cast<unsigned>(left));
            least = left == 1 ? 0x80 : left == 2 ? 0x800 : 0x10000;
        }
    }
    return left == 0;
}

Status check_line(std::string_view text, std::string_view field, std::size_t min, std::size_t max) {
    const auto length = character_count(text);
    if (length < min) {
        return fail(invalid_argument(fmt::format("{} must not be empty.", field), std::string(field)));
    }
    if (length > max) {
        return fail(
            invalid_argument(fmt::format("{} has {} characters; at most {} are allowed.", field, length, max),
                             std::string(field)));
    }
    if (has_control(text, false)) {
        return fail(invalid_argument(
            fmt::format("{} must not contain control characters such as line breaks.", field),
            std::string(field)));
    }
    return {};
}

Status check_text(std::string_view text, std::string_view field, std::size_t max_bytes) {
    if (text.size() > max_bytes) {
        return fail(Error{.code = ErrorCode::TooLarge,
                          .message = fmt::format("{} has {} bytes; at most {} are allowed. Shorten it.",
                                                 field, text.size(), max_bytes),
                          .field = std::string(field)});
    }
    if (has_control(text, true)) {
        return fail(invalid_argument(
            fmt::format("{} must not contain control characters other than line breaks and tabs.", field),
            std::string(field)));
    }
    return {};
}

std::string clean_line(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const std::string_view two = text.substr(i, 2);
        const bool c1 = two.size() == 2 && two[0] == '\xc2' && has_control(two, false);
        out += c1 || is_control(static_cast<unsigned char>(text[i])) ? ' ' : text[i];
        if (c1) ++i;
    }
    return out;
}

bool is_slug(std::string_view text) noexcept {
    if (text.empty() || text.size() > kMaxSlug || text.front() == '-' || text.back() == '-') return false;
    return std::ranges::all_of(
        text, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; });
}

std::string slug_from(std::string_view name) {
    std::string slug;
    for (char c : name) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
        if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) {
            slug += c;
        } else if (!slug.empty() && slug.back() != '-') {
            slug += '-';
        }
        if (slug.size() == kMaxSlug) break;
    }
    while (!slug.empty() && slug.back() == '-') slug.pop_back();
    return slug;
}

}  // namespace boternity::core
