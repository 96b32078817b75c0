#include "cli/backup_making.hpp"

#include "cli/json_fields.hpp"
#include "infra/net/sse_reader.hpp"

#include <boost/json/parse.hpp>
#include <fmt/format.h>

#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace boternity::cli {
namespace {

namespace json = boost::json;

using Made = std::optional<json::object>;

Failure interrupted() {
    return {
        .exit = ExitCode::Interrupted, .message = "Interrupted; nothing was kept.", .code = "interrupted"};
}

/// A number that JSON writes as a string, because it may be beyond 2^53.
double big_number(const json::object& object, std::string_view name) {
    const std::string text = text_field(object, name);
    double value = 0;
    for (const char c : text) {
        if (c >= '0' && c <= '9') value = value * 10 + (c - '0');
    }
    return value;
}

Answer<Made> take(const infra::SseEvent& event, Output& out) {
    boost::system::error_code error;
    const auto value = json::parse(event.data, error);
    if (error || !value.is_object())
        return failed("The server sent an event that is not JSON.", "unexpected_answer");
    const auto& said = value.get_object();
    if (event.type == "error") {
        Failure failure{
            .message = text_field(said, "detail"), .code = text_field(said, "code"), .problem = said};
        failure.exit = exit_code_for(failure.code, static_cast<int>(number_field(said, "status")));
        return std::unexpected(std::move(failure));
    }
    const auto& backup = object_field(said, "backup");
    if (!text_field(backup, "name").empty()) return Made(backup);
    if (const double total = big_number(said, "total_bytes"); total > 0) {
        out.progress(fmt::format("{:.0f} % of {:.0f} MiB copied",
                                 100 * big_number(said, "done_bytes") / total, total / (1024 * 1024)));
    }
    return Made();
}

// NOLINTNEXTLINE(cppcoreguidelines-avoid-reference-coroutine-parameters): the command that waits owns both
core::Task<Answer<json::object>> follow(infra::HttpExchange& exchange, Output& out) {
    infra::SseReader reader;
    std::vector<infra::SseEvent> events;
    while (true) {
        auto bytes = co_await exchange.read();
        if (!bytes && bytes.error().code == ErrorCode::Cancelled) co_return std::unexpected(interrupted());
        if (!bytes || bytes->empty())
            co_return no_server("The connection to the server broke, so no backup was made; try again.");
        events.clear();
        const auto fed = reader.feed(*bytes, events);
        for (const auto& event : events) {
            auto taken = take(event, out);
            if (!taken) co_return std::unexpected(std::move(taken).error());
            if (*taken) co_return std::move(**taken);
        }
        if (!fed) co_return failed("The server sent an event that is too large.", "unexpected_answer");
    }
}

}  // namespace

// NOLINTNEXTLINE(cppcoreguidelines-avoid-reference-coroutine-parameters): the command that waits owns both
core::Task<Answer<json::object>> make_backup(Connection& server, Output& out, std::stop_token stop) {
    Request request{.method = "POST",
                    .path = "/api/v1/backups",
                    .body = json::object{{"idempotency_key", server.new_key()}}};
    auto opening = server.open_stream(std::move(request), std::move(stop));
    auto exchange = co_await std::move(opening);
    if (!exchange) co_return std::unexpected(std::move(exchange).error());
    auto following = follow(**exchange, out);
    auto made = co_await std::move(following);
    out.progress({});
    co_return made;
}

}  // namespace boternity::cli
