#pragma once

#include "types/page.hpp"
#include "types/result.hpp"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

namespace boternity::api {

/// A page of a list that is held in memory; its token is the number of items before it.
template <class Item>
Result<Page<Item>> slice(std::vector<Item> items, const PageRequest& page) {
    std::size_t begin = 0;
    if (!page.token.empty()) {
        const auto* end = page.token.data() + page.token.size();
        const auto parsed = std::from_chars(page.token.data(), end, begin);
        if (parsed.ec != std::errc{} || parsed.ptr != end || begin > items.size()) {
            return fail(invalid_argument("page_token is not one that a page before gave.", "page_token"));
        }
    }
    const std::size_t end = std::min(items.size(), begin + static_cast<std::size_t>(page.size));
    Page<Item> out;
    if (end < items.size()) out.next_token = std::to_string(end);
    out.items.assign(std::make_move_iterator(items.begin() + static_cast<std::ptrdiff_t>(begin)),
                     std::make_move_iterator(items.begin() + static_cast<std::ptrdiff_t>(end)));
    return out;
}

}  // namespace boternity::api
