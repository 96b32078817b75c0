#include "cli/run_follower.hpp"

#include "cli/json_fields.hpp"

#include <utility>

namespace boternity::cli {
namespace {

namespace json = boost::json;

std::optional<RunEnd> end_of(const json::object& event) {
    if (event.contains("completed")) return RunEnd::Completed;
    if (event.contains("failed")) return RunEnd::Failed;
    if (event.contains("cancelled")) return RunEnd::Cancelled;
    return std::nullopt;
}

}  // namespace

RunFollower::RunFollower(Connection& connection, OnEvent on_event, OnLost on_lost)
    : connection_(connection), on_event_(std::move(on_event)), follower_(connection, std::move(on_lost)) {}

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
    std::optional<RunEnd> end;
    const auto next_request = [this, &first]() -> Request {
        if (run_.empty()) return first;
        return {.path = "/api/v1/runs/" + segment(run_) + "/events",
                .query = {{"after", std::to_string(seen_)}}};
    };
    auto following = follower_.follow(
        next_request, [this, &end](const json::object& event) { return take(event, end); }, std::move(stop));
    auto followed = co_await std::move(following);
    if (followed) co_return *end;
    Failure failure = std::move(followed).error();
    if (failure.exit == ExitCode::NoServer && follower_.lost() && !run_.empty())
        failure.message += " `boternity run tail " + run_ + "` shows the rest later.";
    co_return std::unexpected(std::move(failure));
}

Answer<StreamFollower::Taken> RunFollower::take(const json::object& event, std::optional<RunEnd>& end) {
    const auto sequence = static_cast<std::uint32_t>(number_field(event, "seq"));
    if (sequence <= seen_) return StreamFollower::Taken::Known;
    seen_ = sequence;
    if (run_.empty()) run_ = text_field(event, "run");
    if (!on_event_(event)) return interrupted();
    end = end_of(event);
    return end ? StreamFollower::Taken::Last : StreamFollower::Taken::New;
}

}  // namespace boternity::cli
