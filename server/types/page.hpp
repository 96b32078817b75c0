#pragma once

#include <string>
#include <vector>

namespace boternity {

/// Which part of a list is wanted. `token` is the store's own and opaque: empty for the first page, then
/// what the page before gave.
struct PageRequest {
    int size = 50;
    std::string token;
};

template <class T>
struct Page {
    std::vector<T> items;
    std::string next_token{};  ///< empty on the last page
};

}  // namespace boternity
