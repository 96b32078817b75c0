#pragma once

#include <algorithm>
#include <string_view>

namespace boternity::api {

/// Whether two tokens are the same, ignoring the case of ASCII letters.
inline bool same_word(std::string_view left, std::string_view right) noexcept {
    const auto fold = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
    return std::ranges::equal(left, right, [&](char a, char b) { return fold(a) == fold(b); });
}

/// Without the spaces and tabs around it (OWS of RFC 9110 section 5.6.3).
inline std::string_view trimmed(std::string_view text) noexcept {
    while (text.starts_with(' ') || text.starts_with('\t')) text.remove_prefix(1);
    while (text.ends_with(' ') || text.ends_with('\t')) text.remove_suffix(1);
    return text;
}

/// Visits the members of a list (RFC 9110 section 5.6.1).
template <class Visit>
void each_of_list(std::string_view list, Visit visit) {
    while (true) {
        const auto comma = list.find(',');
        visit(trimmed(list.substr(0, comma)));
        if (comma == std::string_view::npos) return;
        list.remove_prefix(comma + 1);
    }
}

/// Whether a list has this member, ignoring case.
inline bool list_has(std::string_view list, std::string_view word) noexcept {
    bool found = false;
    each_of_list(list, [&](std::string_view member) { found = found || same_word(member, word); });
    return found;
}

}  // namespace boternity::api
