#pragma once

#include "types/page.hpp"
#include "types/result.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace boternity::testing {

/// Where an item stands in its list.
using PageKey = std::pair<std::int64_t, std::string>;

inline std::optional<PageKey> parse_page_key(const std::string& token) {
    PageKey key;
    const char* end = token.data() + token.size();
    const auto [at, error] = std::from_chars(token.data(), end, key.first);
    if (error != std::errc{} || at == end || *at != '.') return std::nullopt;
    key.second.assign(at + 1, end);
    return key;
}

/// One page of `items`, which come in any order. `key_of` gives each item its
/// own key; `before` orders keys.
template <class T, class KeyOf, class Before>
Result<Page<T>> page_of(std::vector<T> items, const PageRequest& request, KeyOf key_of, Before before) {
    std::optional<PageKey> after;
    if (!request.token.empty()) {
        after = parse_page_key(request.token);
        if (!after) {
            return fail(invalid_argument("This page token is not one that a list gave; leave "
                                         "it out to start from the first page.",
                                         "page_token"));
        }
    }
    std::sort(items.begin(), items.end(),
              [&](const T& a, const T& b) { return before(key_of(a), key_of(b)); });
    const auto size = static_cast<std::size_t>(std::clamp(request.size, 1, 1000));
    Page<T> page;
    for (auto& item : items) {
        if (after && !before(*after, key_of(item))) continue;
        if (page.items.size() == size) {
            const PageKey last = key_of(page.items.back());
            page.next_token = std::to_string(last.first) + "." + last.second;
            break;
        }
        page.items.push_back(std::move(item));
    }
    return page;
}

}  // namespace boternity::testing
