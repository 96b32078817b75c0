#include "cli/run_follower.hpp"

#include "cli/json_fields.hpp"
#include "infra/net/sse_reader.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/json/parse.hpp>

#include <algorithm>
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

std::optional<RunEnd> end_of(const json::object& event) {
    if (event.contains("completed")) return RunEnd::Completed;
    if (event.contains("failed")) return RunEnd::Failed;
    if (event.contains("cancelled")) return RunEnd::Cancelled;
    return std::nullopt;
}

/// Whether the same request may succeed later: the server is away, starting or stopping.
bool is_passing(const Failure& failure) {
    return failure.exit == ExitCode::NoServer || failure.code == "unavailable";
}

}  // namespace

RunFollower::RunFollower(Connection& connection, OnEvent on_event, OnLost on_lost)
    : connection_(connection),
      on_event_(std::move(on_event)),
      on_lost_(std::move(on_lost)),
      timer_(connection.io()) {}

core::Task<Answer<RunEnd>> RunFollower::send(std::string session, Said said, std::stop_token stop) {
    Request request{.method = "POST",
                    .path = "/api/v1/sessions/" + segment(session) + "/messages",
                    .body = json::object{{"text", said.text}, {"idempotency_key", connection_.new_key()}}};
    if (!said.attachments.empty()) {
        auto& named = request.body->emplace("attachments", json::array()).first->value().get_array();
        for (const std::string& id : said.attachments) named.emplace_back(id);
    }
    return keep_following(std::move(request), std::move(stop));
}

core::Task<Answer<RunEnd>> RunFollower::follow(std::string run, std::uint32_t after, std::stop_token stop) {
    run_ = std::move(run);
    seen_ = after;
    return keep_following({}, std::move(stop));
}

core::Task<Answer<RunEnd>> RunFollower::keep_following(Request first, std::stop_token stop) {
    bool answered = false;  // whether the server ever took the request
    while (true) {
        Request request = first;
        if (!run_.empty()) {
            request = {.path = "/api/v1/runs/" + segment(run_) + "/events",
                       .query = {{"after", std::to_string(seen_)}}};
        }
        auto passing = pass(std::move(request), stop);
        auto passage = co_await std::move(passing);
        if (passage && *passage) co_return **passage;
        // A first request that finds no server says so at once; later the server is known to have been there.
        if (!passage && (!answered || !is_passing(passage.error()))) {
            co_return std::unexpected(std::move(passage).error());
        }
        answered = true;
        if (losses_++ == 0) {
            on_lost_();
            give_up_ = connection_.clock().in(connection_.patience());
        } else if (give_up_.at <= connection_.clock().steady()) {
            co_return given_up(std::move(passage));
        }
        auto waiting = wait_before_retry(stop);
        if (!co_await std::move(waiting)) {
            co_return std::unexpected(
                Failure{.exit = ExitCode::Interrupted, .message = "Interrupted.", .code = "interrupted"});
        }
        connection_.look_again();
    }
}

core::Task<RunFollower::Passage> RunFollower::pass(Request request, std::stop_token stop) {
    auto opening = connection_.open_stream(std::move(request), stop);
    auto exchange = co_await std::move(opening);
    if (!exchange) co_return std::unexpected(std::move(exchange).error());
    infra::SseReader reader(kMostEventBytes);
    std::vector<infra::SseEvent> events;
    while (true) {
        auto bytes = co_await (*exchange)->read();
        if (!bytes && bytes.error().code == ErrorCode::Cancelled) {
            co_return std::unexpected(
                Failure{.exit = ExitCode::Interrupted, .message = "Interrupted.", .code = "interrupted"});
        }
        if (!bytes || bytes->empty()) co_return std::nullopt;
        events.clear();
        const auto fed = reader.feed(*bytes, events);
        for (const auto& event : events) {
            auto taken = take(event.type, event.data);
            if (!taken || *taken) co_return taken;
        }
        if (!fed) co_return failed("The server sent an event that is too large.", "unexpected_answer");
    }
}

std::unexpected<Failure> RunFollower::given_up(Passage last) const {
    Failure failure = last ? no_server("The connection to the server breaks again and again.").error()
                           : std::move(last).error();
    if (!run_.empty()) failure.message += " `boternity run tail " + run_ + "` shows the rest later.";
    return std::unexpected(std::move(failure));
}

RunFollower::Passage RunFollower::take(std::string_view type, std::string_view data) {
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
    const auto sequence = static_cast<std::uint32_t>(number_field(event, "seq"));
    if (sequence <= seen_) return std::nullopt;  // known from before the break
    seen_ = sequence;
    losses_ = 0;
    if (run_.empty()) run_ = text_field(event, "run");
    if (!on_event_(event)) {
        return std::unexpected(
            Failure{.exit = ExitCode::Interrupted, .message = "Interrupted.", .code = "interrupted"});
    }
    return end_of(event);
}

core::Task<bool> RunFollower::wait_before_retry(std::stop_token stop) {
    if (stop.stop_requested()) co_return false;
    const int doublings = std::min(losses_ - 1, 5);
    timer_.expires_after(std::min(kFirstPause * (1 << doublings), kLongestPause));
    // Stops are asked for on this thread only, so none can come between here and the wait.
    const std::stop_callback on_stop(stop, [this] { timer_.cancel(); });
    co_await timer_.async_wait(asio::as_tuple(asio::use_awaitable));
    co_return !stop.stop_requested();
}

}  // namespace boternity::cli
