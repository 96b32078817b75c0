#include "core/text/text_diff.hpp"

#include "core/text/line_edits.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <span>
#include <vector>

namespace boternity::core {
namespace {

constexpr std::size_t kContext = 3;

/// Lines without their ends. A last line without one carries the mark that `diff -u` prints, and so differs
/// from the same line with one.
std::vector<std::string> lines_of(std::string_view text) {
    std::vector<std::string> lines;
    while (!text.empty()) {
        const auto end = text.find('\n');
        if (end == std::string_view::npos) {
            lines.push_back(std::string(text) + "\n\\ No newline at end of file");
            break;
        }
        lines.emplace_back(text.substr(0, end));
        text.remove_prefix(end + 1);
    }
    return lines;
}

/// One hunk: edits [begin, end) with `from_line` and `to_line` lines before them.
std::string hunk(std::span<const Edit> edits, std::size_t from_line, std::size_t to_line) {
    std::size_t from_count = 0;
    std::size_t to_count = 0;
    std::string body;
    for (const auto& edit : edits) {
        from_count += edit.mark != '+';
        to_count += edit.mark != '-';
        body += edit.mark;
        body += *edit.line;
        body += '\n';
    }
    // A side without lines is named by the line before it.
    return fmt::format("@@ -{},{} +{},{} @@\n{}", from_line + (from_count > 0), from_count,
                       to_line + (to_count > 0), to_count, body);
}

std::string hunks(const std::vector<Edit>& edits) {
    std::string out;
    std::size_t from_line = 0;
    std::size_t to_line = 0;
    std::size_t done = 0;
    const auto pass = [&](std::size_t until) {
        for (; done < until; ++done) {
            from_line += edits[done].mark != '+';
            to_line += edits[done].mark != '-';
        }
    };
    for (std::size_t i = 0; i < edits.size(); ++i) {
        if (edits[i].mark == ' ') continue;
        const std::size_t begin = std::max(done, i - std::min(i, kContext));
        // The hunk goes on while the next change is near enough for their contexts to touch.
        std::size_t last = i;
        for (std::size_t next = i; next < edits.size() && next <= last + 2 * kContext + 1; ++next) {
            if (edits[next].mark != ' ') last = next;
        }
        const std::size_t end = std::min(edits.size(), last + kContext + 1);
        pass(begin);
        out += hunk(std::span(edits).subspan(begin, end - begin), from_line, to_line);
        pass(end);
        i = end - 1;
    }
    return out;
}

}  // namespace

TextDiff diff_texts(std::string_view from, std::string_view to, std::string_view from_label,
                    std::string_view to_label) {
    TextDiff result;
    if (from == to) return result;
    const std::vector<std::string> before = lines_of(from);
    const std::vector<std::string> after = lines_of(to);
    const auto edits = edits_between(before, after);
    for (const auto& edit : edits) {
        result.added_lines += edit.mark == '+';
        result.removed_lines += edit.mark == '-';
    }
    result.unified = fmt::format("--- {}\n+++ {}\n{}", from_label, to_label, hunks(edits));
    return result;
}

}  // namespace boternity::core
