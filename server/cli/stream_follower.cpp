#include "cli/stream_follower.hpp"

#include "cli/json_fields.hpp"
#include "infra/net/sse_reader.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/json/parse.hpp>

#include <algorithm>
#include <chrono>
#include <utility>
#include <vector>

namespace boternity::cli {
namespace {

namespace asio = boost::asio;
namespace json = boost::json;

constexpr std::chrono::milliseconds kFirstPause{100};
constexpr std::chrono::milliseconds kLongestPause{2'000};

/// A message of 256 KiB may grow sixfold when it is escaped.
constexpr std::size_t kMostEventBytes = 4 * 1024 * 1024;

/// Whether the same request may succeed later: the server is away, starting or stopping.
bool is_passing(const Failure& failure) {
    return failure.exit == ExitCode::NoServer || failure.code == "unavailable";
}

}  // namespace

StreamFollower::StreamFollower(Connection& connection, OnLost on_lost)
    : connection_(connection), on_lost_(std::move(on_lost)), timer_(connection.io()) {}

core::Task<Answer<void>> StreamFollower::follow(NextRequest next_request, Take take, std::stop_token stop) {
    bool answered = false;  // whether the server ever took the request
    while (true) {
        auto passing = pass(next_request(), take, stop);
        auto passage = co_await std::move(passing);
        if (passage && *passage == Passage::Ended) co_return Answer<void>{};
        // A first request that finds no server says so at once; later the server is known to have been there.
        if (!passage && (!answered || !is_passing(passage.error()))) {
            co_return std::unexpected(std::move(passage).error());
        }
        answered = true;
        if (losses_++ == 0) {
            on_lost_();
            give_up_ = connection_.clock().in(connection_.patience());
        } else if (give_up_.at <= connection_.clock().steady()) {
            if (!passage) co_return std::unexpected(std::move(passage).error());
            co_return no_server("The connection to the server breaks again and again.");
        }
        auto waiting = wait_before_retry(stop);
        if (!co_await std::move(waiting)) co_return interrupted();
        connection_.look_again();
    }
}

// NOLINTNEXTLINE(cppcoreguidelines-avoid-reference-coroutine-parameters): `follow` holds it
core::Task<Answer<StreamFollower::Passage>> StreamFollower::pass(Request request, const Take& take,
                                                                 std::stop_token stop) {
    auto opening = connection_.open_stream(std::move(request), stop);
    auto exchange = co_await std::move(opening);
    if (!exchange) co_return std::unexpected(std::move(exchange).error());
    infra::SseReader reader(kMostEventBytes);
    std::vector<infra::SseEvent> events;
    while (true) {
        auto bytes = co_await (*exchange)->read();
        if (!bytes && bytes.error().code == ErrorCode::Cancelled) co_return interrupted();
        if (!bytes || bytes->empty()) co_return Passage::Broken;
        events.clear();
        const auto fed = reader.feed(*bytes, events);
        for (const auto& event : events) {
            const auto taken = take_event(event.type, event.data, take);
            if (!taken) co_return std::unexpected(taken.error());
            if (*taken == Taken::New) losses_ = 0;
            if (*taken == Taken::Last) co_return Passage::Ended;
        }
        if (!fed) co_return failed("The server sent an event that is too large.", "unexpected_answer");
    }
}

Answer<StreamFollower::Taken> StreamFollower::take_event(std::string_view type, std::string_view data,
                                                         const Take& take) {
    boost::system::error_code error;
    const auto value = json::parse(data, error);
    if (error || !value.is_object())
        return failed("The server sent an event that is not JSON.", "unexpected_answer");
    const auto& event = value.get_object();
    if (type == "error" || (event.contains("code") && event.contains("detail"))) {
        Failure failure{
            .message = text_field(event, "detail"), .code = text_field(event, "code"), .problem = event};
        failure.exit = exit_code_for(failure.code, static_cast<int>(number_field(event, "status")));
        return std::unexpected(std::move(failure));
    }
    return take(event);
}

core::Task<bool> StreamFollower::wait_before_retry(std::stop_token stop) {
    if (stop.stop_requested()) co_return false;
    const int doublings = std::min(losses_ - 1, 5);
    timer_.expires_after(std::min(kFirstPause * (1 << doublings), kLongestPause));
    // Stops are asked for on this thread only, so none can come between here and the wait.
    const std::stop_callback on_stop(stop, [this] { timer_.cancel(); });
    co_await timer_.async_wait(asio::as_tuple(asio::use_awaitable));
    co_return !stop.stop_requested();
}

}  // namespace boternity::cli
