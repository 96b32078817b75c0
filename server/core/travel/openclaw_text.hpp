#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace boternity::core {

/// Reading the Markdown files of an OpenClaw workspace. Pure; safe on any text.

std::string lower_text(std::string_view text);  ///< ASCII letters only
std::string trimmed(std::string_view text);
/// Without control characters but newline and tab; a carriage return goes too.
std::string without_controls(std::string_view text);

/// Without a leading YAML block between two lines of three hyphens, and without a byte order mark.
std::string_view without_frontmatter(std::string_view text);

struct IdentityLine {
    std::string label{};  ///< lower case
    std::string value{};  ///< empty for a placeholder
};
/// The lines `- Label: value`, their marks taken away.
std::vector<IdentityLine> identity_lines(std::string_view text);

struct Section {
    std::string title{};  ///< empty before the first heading
    std::string body{};
};
/// The parts between second-level headings. A first-level heading goes.
std::vector<Section> sections_of(std::string_view text);

/// Every heading two levels down, so that it stays below the section it is put into.
std::string sunk_headings(std::string_view text);

struct Kept {
    std::string text{};
    int dropped = 0;
};
/// Without the entries of USER.md whose mark says `status: superseded`.
Kept without_superseded(std::string_view text);

/// Whether a text speaks of OpenClaw's own files, tools or replies.
bool names_openclaw(std::string_view text);

}  // namespace boternity::core
