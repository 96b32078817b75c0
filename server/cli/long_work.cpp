#include "cli/long_work.hpp"

#include "cli/json_fields.hpp"
#include "infra/net/sse_reader.hpp"

#include <boost/json/parse.hpp>

#include <memory>
#include <utility>
#include <vector>

namespace boternity::cli {
namespace {

namespace json = boost::json;

using Made = std::optional<json::object>;

Answer<Made> take_event(const infra::SseEvent& event, const LongWork& work) {
    boost::system::error_code error;
    const auto value = json::parse(event.data, error);
    if (error || !value.is_object())
        return failed("The server sent an event that is not JSON.", "unexpected_answer");
    const auto& said = value.get_object();
    if (event.type != "error") return work.take(said);
    Failure failure{.message = text_field(said, "detail"), .code = text_field(said, "code"), .problem = said};
    failure.exit = exit_code_for(failure.code, static_cast<int>(number_field(said, "status")));
    return std::unexpected(std::move(failure));
}

}  // namespace

// NOLINTNEXTLINE(cppcoreguidelines-avoid-reference-coroutine-parameters): the command that waits owns it
core::Task<Answer<json::object>> follow_work(Connection& server, LongWork work, std::stop_token stop) {
    auto opening = server.open_stream(work.request, std::move(stop));
    auto exchange = co_await std::move(opening);
    if (!exchange) co_return std::unexpected(std::move(exchange).error());
    infra::SseReader reader;
    std::vector<infra::SseEvent> events;
    while (true) {
        auto reading = (*exchange)->read();
        auto bytes = co_await std::move(reading);
        if (!bytes && bytes.error().code == ErrorCode::Cancelled) {
            co_return std::unexpected(
                Failure{.exit = ExitCode::Interrupted, .message = work.interrupted, .code = "interrupted"});
        }
        if (!bytes || bytes->empty()) co_return no_server(work.broken);
        events.clear();
        const auto fed = reader.feed(*bytes, events);
        for (const auto& event : events) {
            auto taken = take_event(event, work);
            if (!taken) co_return std::unexpected(std::move(taken).error());
            if (*taken) co_return std::move(**taken);
        }
        if (!fed) co_return failed("The server sent an event that is too large.", "unexpected_answer");
    }
}

double big_number(const json::object& object, std::string_view name) {
    const std::string text = text_field(object, name);
    double value = 0;
    for (const char c : text) {
        if (c >= '0' && c <= '9') value = value * 10 + (c - '0');
    }
    return value;
}

}  // namespace boternity::cli
