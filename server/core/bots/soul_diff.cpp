#include "core/bots/soul_diff.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace boternity::core {
namespace {

using Lines = std::vector<std::string>;

// The search takes time with the product of what differs. Beyond this it would hold an io thread for longer
// than a frame, and no soul that a person reads has so many lines.
constexpr std::size_t kMaxSearchedPairs = 2'000'000;
constexpr std::size_t kContext = 3;

/// One line of the edit script: ' ' both have it, '-' only `from`, '+' only `to`.
struct Edit {
    char mark;
    const std::string* line;
};

/// Lines without their ends. A last line without one carries the mark that `diff -u` prints, and so differs
/// from the same line with one.
Lines lines_of(std::string_view text) {
    Lines lines;
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

/// The edits of the lines in which the two differ: a longest common subsequence by dynamic programming, or,
/// when that would take too long, all of `from` away and all of `to` added.
void search(std::span<const std::string> from, std::span<const std::string> to, std::vector<Edit>& edits) {
    const std::size_t n = from.size();
    const std::size_t m = to.size();
    // common[i][j]: the length of the longest common subsequence of from[i..] and to[j..].
    std::vector<std::uint32_t> common;
    const auto at = [&](std::size_t i, std::size_t j) -> std::uint32_t& { return common[i * (m + 1) + j]; };
    const bool searched = n * m <= kMaxSearchedPairs;
    if (searched) {
        common.assign((n + 1) * (m + 1), 0);
        for (std::size_t i = n; i-- > 0;) {
            for (std::size_t j = m; j-- > 0;) {
                at(i, j) = from[i] == to[j] ? at(i + 1, j + 1) + 1 : std::max(at(i + 1, j), at(i, j + 1));
            }
        }
    }
    std::size_t i = 0;
    std::size_t j = 0;
    while (i < n || j < m) {
        if (searched && i < n && j < m && from[i] == to[j]) {
            edits.push_back({' ', &from[i++]});
            ++j;
        } else if (i < n && (j == m || !searched || at(i + 1, j) >= at(i, j + 1))) {
            edits.push_back({'-', &from[i++]});
        } else {
            edits.push_back({'+', &to[j++]});
        }
    }
}

std::vector<Edit> edits_between(const Lines& from, const Lines& to) {
    const auto [from_end, to_end] = std::ranges::mismatch(from, to);
    const auto head = static_cast<std::size_t>(from_end - from.begin());
    std::size_t tail = 0;
    while (tail < from.size() - head && tail < to.size() - head &&
           from[from.size() - 1 - tail] == to[to.size() - 1 - tail]) {
        ++tail;
    }
    std::vector<Edit> edits;
    for (std::size_t i = 0; i < head; ++i) edits.push_back({' ', &from[i]});
    search(std::span(from).subspan(head, from.size() - head - tail),
           std::span(to).subspan(head, to.size() - head - tail), edits);
    for (std::size_t i = from.size() - tail; i < from.size(); ++i) edits.push_back({' ', &from[i]});
    return edits;
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
    const Lines before = lines_of(from);
    const Lines after = lines_of(to);
    const auto edits = edits_between(before, after);
    for (const auto& edit : edits) {
        result.added_lines += edit.mark == '+';
        result.removed_lines += edit.mark == '-';
    }
    result.unified = fmt::format("--- {}\n+++ {}\n{}", from_label, to_label, hunks(edits));
    return result;
}

}  // namespace boternity::core
