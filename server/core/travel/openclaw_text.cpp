#include "core/travel/openclaw_text.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

namespace boternity::core {
namespace {

constexpr std::string_view kBlank = " \t\r\n";

/// The next line without its end; `text` is moved behind it.
std::string_view next_line(std::string_view& text) noexcept {
    const auto end = text.find('\n');
    auto line = text.substr(0, end);
    text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    return line;
}

/// 0 for a line that is no heading.
std::size_t heading_level(std::string_view line) noexcept {
    const auto level = line.find_first_not_of('#');
    return level != std::string_view::npos && level > 0 && level <= 6 && line[level] == ' ' ? level : 0;
}

std::string without_marks(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c != '*' && c != '_' && c != '`') out += c;
    }
    return trimmed(out);
}

/// What the templates say where nobody has written anything.
bool is_placeholder(std::string_view value) {
    constexpr std::array<std::string_view, 9> kPhrases{
        "pick something",          "not set",      "to be decided",
        "your signature",          "ai? robot?",   "how do you come across",
        "workspace-relative path", "fill this in", "tbd"};
    const std::string lower = lower_text(value);
    return std::ranges::any_of(
        kPhrases, [&](std::string_view phrase) { return lower.find(phrase) != std::string::npos; });
}

}  // namespace

std::string lower_text(std::string_view text) {
    std::string out(text);
    std::ranges::transform(out, out.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? char(c + 32) : c; });
    return out;
}

std::string trimmed(std::string_view text) {
    const auto begin = text.find_first_not_of(kBlank);
    if (begin == std::string_view::npos) return {};
    return std::string(text.substr(begin, text.find_last_not_of(kBlank) - begin + 1));
}

std::string without_controls(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto c = static_cast<unsigned char>(text[i]);
        if (c == 0x7f || (c < 0x20 && c != '\n' && c != '\t')) continue;
        // U+0080 to U+009F are C2 80 to C2 9F.
        if (c == 0xc2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xa0) {
            ++i;
            continue;
        }
        out += text[i];
    }
    return out;
}

std::string_view without_frontmatter(std::string_view text) {
    if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
    std::string_view rest = text;
    if (next_line(rest) != "---") return text;
    while (!rest.empty()) {
        if (next_line(rest) == "---") return rest;
    }
    return text;
}

std::vector<IdentityLine> identity_lines(std::string_view text) {
    std::vector<IdentityLine> lines;
    std::string label;
    while (!text.empty()) {
        const auto line = trimmed(next_line(text));
        // The templates put the value, or what to write there, below its label.
        if (!label.empty() && !line.empty() && !line.starts_with('-') && !line.starts_with('#')) {
            if (lines.back().value.empty() && !is_placeholder(line)) lines.back().value = without_marks(line);
            label.clear();
            continue;
        }
        if (!line.starts_with("- ") && !line.starts_with("* ")) continue;
        const auto colon = line.find(':');
        if (colon == std::string::npos) continue;
        label = lower_text(without_marks(line.substr(2, colon - 2)));
        auto value = without_marks(line.substr(colon + 1));
        if (is_placeholder(value)) value.clear();
        if (!label.empty()) lines.push_back({label, std::move(value)});
    }
    return lines;
}

std::vector<Section> sections_of(std::string_view text) {
    std::vector<Section> sections(1);
    bool in_code = false;
    while (!text.empty()) {
        const auto line = next_line(text);
        if (line.starts_with("```")) in_code = !in_code;
        const auto level = in_code ? 0 : heading_level(line);
        if (level == 2) {
            sections.push_back({.title = trimmed(line.substr(2)), .body = {}});
        } else if (level != 1) {
            sections.back().body.append(line).append("\n");
        }
    }
    return sections;
}

std::string sunk_headings(std::string_view text) {
    std::string out;
    bool in_code = false;
    while (!text.empty()) {
        const auto line = next_line(text);
        if (line.starts_with("```")) in_code = !in_code;
        const auto level = in_code ? 0 : heading_level(line);
        if (level > 0) out.append(std::min<std::size_t>(2, 6 - level), '#');
        out.append(line).append("\n");
    }
    return trimmed(out);
}

Kept without_superseded(std::string_view text) {
    Kept kept;
    bool dropping = false;
    while (!text.empty()) {
        const auto line = next_line(text);
        const bool mark = line.find("<!-- observed:") != std::string_view::npos;
        if (mark) {
            dropping = line.find("status: superseded") != std::string_view::npos;
            if (dropping) ++kept.dropped;
            continue;  // the mark itself says nothing to a bot
        }
        if (dropping && (trimmed(line).empty() || heading_level(line) > 0)) dropping = false;
        if (!dropping) kept.text.append(line).append("\n");
    }
    return kept;
}

bool names_openclaw(std::string_view text) {
    constexpr std::array<std::string_view, 16> kNames{"openclaw",  "clawd",     "moltbot",      "heartbeat",
                                                      "memory.md", "memory/",   "bootstrap.md", "no_reply",
                                                      "soul.md",   "user.md",   "identity.md",  "tools.md",
                                                      "skill.md",  "sessions_", "memory_",      "group chat"};
    const std::string lower = lower_text(text);
    return std::ranges::any_of(kNames,
                               [&](std::string_view name) { return lower.find(name) != std::string::npos; });
}

}  // namespace boternity::core
