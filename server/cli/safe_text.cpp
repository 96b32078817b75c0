#include "cli/safe_text.hpp"

#include <fmt/format.h>
#include <locale.h>

#include <array>
#include <clocale>
#include <cstdint>
#include <cwchar>
#include <iterator>

namespace boternity::cli {
namespace {

constexpr char32_t kReplacement = 0xFFFD;
constexpr char32_t kZeroWidthNonJoiner = 0x200C;
constexpr char32_t kZeroWidthJoiner = 0x200D;

/// Takes one code point off the front; U+FFFD for bytes that are not UTF-8 (overlong forms and surrogates
/// too).
char32_t next_code_point(std::string_view& text) {
    const auto first = static_cast<unsigned char>(text.front());
    text.remove_prefix(1);
    if (first < 0x80) return first;
    const int more = first >= 0xF0 && first < 0xF5 ? 3 : first >= 0xE0 ? 2 : first >= 0xC2 ? 1 : 0;
    if (more == 0 || first >= 0xF5 || text.size() < static_cast<std::size_t>(more)) return kReplacement;
    char32_t point = first & (0x3FU >> more);
    for (int i = 0; i < more; ++i) {
        const auto byte = static_cast<unsigned char>(text[static_cast<std::size_t>(i)]);
        if ((byte & 0xC0U) != 0x80U) return kReplacement;
        point = point << 6U | (byte & 0x3FU);
    }
    constexpr std::array<char32_t, 4> kSmallest{0, 0x80, 0x800, 0x10000};
    const bool surrogate = point >= 0xD800 && point <= 0xDFFF;
    if (point < kSmallest[static_cast<std::size_t>(more)] || point > 0x10FFFF || surrogate)
        return kReplacement;
    text.remove_prefix(static_cast<std::size_t>(more));
    return point;
}

bool is_control(char32_t point) {
    return point < 0x20 || (point >= 0x7F && point <= 0x9F);
}

struct Range {
    char32_t first;
    char32_t last;
};

/// Code points that show nothing, or change the direction of what follows.
constexpr std::array kInvisible{
    Range{0x00AD, 0x00AD}, Range{0x034F, 0x034F},   Range{0x061C, 0x061C},   Range{0x115F, 0x1160},
    Range{0x17B4, 0x17B5}, Range{0x180B, 0x180E},   Range{0x200B, 0x200F},   Range{0x2028, 0x202E},
    Range{0x2060, 0x206F}, Range{0x3164, 0x3164},   Range{0xFEFF, 0xFEFF},   Range{0xFFA0, 0xFFA0},
    Range{0xFFF9, 0xFFFB}, Range{0x1D173, 0x1D17A}, Range{0xE0000, 0xE0FFF},
};

bool is_invisible(char32_t point) {
    for (const auto& range : kInvisible) {
        if (point >= range.first && point <= range.last) return true;
    }
    return false;
}

void append_escape(std::string& out, char32_t point) {
    switch (point) {
    case '\n': out += "\\n"; return;
    case '\r': out += "\\r"; return;
    case '\t': out += "\\t"; return;
    default: break;
    }
    const auto number = static_cast<std::uint32_t>(point);
    if (number < 0x80) {
        fmt::format_to(std::back_inserter(out), "\\x{:02x}", number);
    } else {
        fmt::format_to(std::back_inserter(out), "\\u{{{:04x}}}", number);
    }
}

/// Joiners matter inside Persian, Indic and emoji text, where neither neighbour is ASCII.
bool is_wanted_joiner(char32_t point, char32_t before, std::string_view after) {
    if (point != kZeroWidthJoiner && point != kZeroWidthNonJoiner) return false;
    if (before < 0x80 || after.empty()) return false;
    const char32_t next = next_code_point(after);
    return next >= 0x80 && !is_control(next) && !is_invisible(next);
}

/// glibc's widths, whatever the user's locale is: one that always knows UTF-8.
int code_point_width(char32_t point) {
    static const locale_t kUtf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
    if (kUtf8 == nullptr) return 1;
    const locale_t before = uselocale(kUtf8);
    const int width = wcwidth(static_cast<wchar_t>(point));
    uselocale(before);
    return width < 0 ? 1 : width;
}

}  // namespace

std::string safe_line(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    char32_t before = 0;
    while (!text.empty()) {
        const std::string_view rest = text;
        const char32_t point = next_code_point(text);
        if (is_control(point) || (is_invisible(point) && !is_wanted_joiner(point, before, text))) {
            append_escape(out, point);
        } else if (point == kReplacement) {
            out += "\xEF\xBF\xBD";
        } else {
            out += rest.substr(0, rest.size() - text.size());
        }
        before = point;
    }
    return out;
}

std::string safe_text(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    while (!text.empty()) {
        const std::string_view rest = text;
        const char32_t point = next_code_point(text);
        if (point == '\r' && text.starts_with('\n')) continue;
        if (point == '\n' || point == '\t' || (!is_control(point) && point != kReplacement)) {
            out += rest.substr(0, rest.size() - text.size());
        } else if (point == kReplacement) {
            out += "\xEF\xBF\xBD";
        } else {
            append_escape(out, point);
        }
    }
    return out;
}

int display_width(std::string_view text) {
    int width = 0;
    while (!text.empty()) width += code_point_width(next_code_point(text));
    return width;
}

std::string cut_to_width(std::string_view text, int width) {
    if (display_width(text) <= width) return std::string(text);
    if (width <= 0) return {};
    int used = 0;
    std::string_view rest = text;
    while (!rest.empty()) {
        std::string_view after = rest;
        const int wide = code_point_width(next_code_point(after));
        if (used + wide > width - 1) break;
        used += wide;
        rest = after;
    }
    return std::string(text.substr(0, text.size() - rest.size())) + "…";
}

}  // namespace boternity::cli
