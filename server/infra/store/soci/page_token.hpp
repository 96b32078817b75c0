#pragma once

#include "types/page.hpp"
#include "types/result.hpp"

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

namespace boternity::infra::store {

/// Where a list goes on: after the item with this key. `list` names the kind of list, so that a token of one
/// is not taken by another.
struct PageKey {
    std::int64_t number = 0;
    std::string text{};
    bool operator==(const PageKey&) const = default;
};

/// Opaque to callers: base64url (RFC 4648 section 5, without padding) of list and key.
std::string make_page_token(std::string_view list, const PageKey& key);

/// The key in a token, `first` for an empty one. InvalidArgument on field "page_token" for anything else.
Result<PageKey> read_page_token(std::string_view list, std::string_view token, PageKey first);

/// How many items a page has: what was asked for, within 1 to 1000.
inline long long page_size(const PageRequest& page) {
    return std::clamp(page.size, 1, 1000);
}

/// Cuts a page out of the rows that were read, one more than it takes: that one says that there is a next.
template <class T, class KeyOf>
Page<T> cut_page(std::vector<T> rows, const PageRequest& request, std::string_view list, KeyOf key_of) {
    Page<T> page{std::move(rows), {}};
    const auto size = static_cast<std::size_t>(page_size(request));
    if (page.items.size() > size) {
        page.items.resize(size);
        page.next_token = make_page_token(list, key_of(page.items.back()));
    }
    return page;
}

}  // namespace boternity::infra::store
