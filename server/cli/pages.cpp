#include "cli/pages.hpp"

#include "cli/json_fields.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace boternity::cli {
namespace {

constexpr int kLargestPage = 200;

}  // namespace

Answer<void> for_each_item(Connection& server, Request request, std::string_view field,
                           const std::function<bool(const boost::json::object&)>& on_item) {
    auto query = request.query;
    const bool sized = std::ranges::any_of(query, [](const auto& pair) { return pair.first == "page_size"; });
    if (!sized) query.emplace_back("page_size", std::to_string(kLargestPage));
    std::string token;
    while (true) {
        request.query = query;
        request.query.emplace_back("page_token", token);
        auto page = server.call(request);
        if (!page) return std::unexpected(std::move(page).error());
        for (const auto& item : array_field(*page, field)) {
            if (item.is_object() && !on_item(item.get_object())) return {};
        }
        std::string next = text_field(*page, "next_page_token");
        if (next.empty()) return {};
        if (next == token)
            return failed("The server gives the same page again and again.", "unexpected_answer");
        token = std::move(next);
    }
}

Answer<void> show_list(Invocation& invocation, Request request, std::string_view field, int limit,
                       const std::function<void(const boost::json::object&)>& add_row) {
    auto& out = invocation.out();
    // Nothing is printed before the first page is there: a failure then has `out` for itself.
    int count = 0;
    bool more = false;
    if (limit > 0) request.query.emplace_back("page_size", std::to_string(std::min(limit + 1, kLargestPage)));
    const auto status = for_each_item(invocation.server(), std::move(request), field, [&](const auto& item) {
        if (limit > 0 && count == limit) {
            more = true;
            return false;
        }
        if (out.json()) {
            out.write(count == 0 ? fmt::format("{{\"{}\":[", field) : std::string(","));
            out.write(json_line(item));
        } else {
            add_row(item);
        }
        ++count;
        return !out.broken();
    });
    // What was begun is closed whatever happened: the problem document comes on a line of its own.
    if (out.json() && (status || count > 0))
        out.line(count == 0 ? fmt::format("{{\"{}\":[]}}", field) : "]}");
    if (!status) return status;
    if (more)
        out.note(fmt::format("(only the first {} are shown; --limit N shows more, --limit 0 all)", limit));
    return {};
}

}  // namespace boternity::cli
