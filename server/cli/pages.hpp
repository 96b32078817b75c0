#pragma once

#include "cli/invocation.hpp"

#include <boost/json/object.hpp>

#include <functional>
#include <string>
#include <string_view>

namespace boternity::cli {

/// Reads a list to its end, page by page, and gives each item to `on_item`, which answers whether to go on.
/// `field` is the list's name in the answer ("bots").
Answer<void> for_each_item(Connection& server, Request request, std::string_view field,
                           const std::function<bool(const boost::json::object&)>& on_item);

/// Prints a whole list: with --json as one document `{"<field>":[...]}`, page by page, so that a long one
/// takes no memory and one that breaks off is closed first; otherwise calls `add_row` for each item and
/// leaves the printing to the caller. `limit` 0: all of it; what is left out is said in a notice.
Answer<void> show_list(Invocation& invocation, Request request, std::string_view field, int limit,
                       const std::function<void(const boost::json::object&)>& add_row);

}  // namespace boternity::cli
