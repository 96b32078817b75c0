#include "core/text/line_edits.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

namespace boternity::core {
namespace {

// The search takes time with the product of what differs. Beyond this it would hold an io thread for longer
// than a frame, and no text that a person reads has so many lines.
constexpr std::size_t kMaxSearchedPairs = 2'000'000;

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

}  // namespace

std::vector<Edit> edits_between(const std::vector<std::string>& from, const std::vector<std::string>& to) {
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

}  // namespace boternity::core
