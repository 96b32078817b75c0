#include "api/ws/live_session.hpp"

#include "api/http/json_to_message.hpp"
#include "api/http/message_to_json.hpp"
#include "api/http/strict_json.hpp"
#include "api/methods/log_failure.hpp"
#include "api/methods/prepare_call.hpp"

#include <boost/asio/co_spawn.hpp>
#include <fmt/format.h>

#include <exception>
#include <utility>

namespace boternity::api {
namespace {

constexpr std::size_t kMaxId = 64;
constexpr std::string_view kEvents = "boternity.v1.EventService.StreamEvents";
constexpr std::string_view kRunEvents = "boternity.v1.RunService.StreamRunEvents";

Result<v1::LiveRequest> read_request(const std::string& text, std::string& id) {
    BOT_TRY(value, parse_strict_json(text));
    if (!value.is_object()) return fail(invalid_argument("A message must be a JSON object."));
    if (const auto* given = value.get_object().if_contains("id"); given != nullptr && given->is_string())
        id = std::string(given->get_string()).substr(0, kMaxId);
    v1::LiveRequest request;
    BOT_CHECK(json_to_message(value.get_object(), request));
    if (request.id().empty() || request.id().size() > kMaxId) {
        return fail(invalid_argument(
            fmt::format("id must have 1 to {} characters; the answers are told apart by it.", kMaxId), "id"));
    }
    return request;
}

v1::LiveMessage message_of(std::string id, google::protobuf::Message& streamed) {
    v1::LiveMessage out;
    out.set_id(std::move(id));
    if (streamed.GetDescriptor() == v1::Event::descriptor()) {
        out.mutable_event()->Swap(static_cast<v1::Event*>(&streamed));
    } else {
        out.mutable_run_event()->Swap(static_cast<v1::RunEvent*>(&streamed));
    }
    return out;
}

v1::LiveMessage error_message(std::string id, const Error& error) {
    v1::LiveMessage out;
    out.set_id(std::move(id));
    out.mutable_error()->set_code(std::string(code_name(error.code)));
    out.mutable_error()->set_message(error.message);
    out.mutable_error()->set_field(error.field);
    return out;
}

}  // namespace

LiveSession::LiveSession(std::shared_ptr<WebSocket> socket, const MethodTable& methods, core::Log& log,
                         const Limits& limits, core::Principal principal, std::string request_id)
    : socket_(std::move(socket)),
      methods_(methods),
      log_(log),
      limits_(limits),
      principal_(std::move(principal)),
      request_id_(std::move(request_id)),
      writing_(socket_->strand()),
      changed_(socket_->strand()) {}

core::Task<void> LiveSession::serve() {
    const auto self = shared_from_this();
    for (;;) {
        auto reading = socket_->read();
        auto received = co_await std::move(reading);
        if (!received) break;
        if (!received->text) {
            socket_->close(CloseCode::Unsupported, "Only text messages, each one JSON object, are taken.");
            continue;
        }
        auto handling = handle(std::move(received->bytes));
        co_await std::move(handling);
    }
    for (auto& [id, stop] : streams_) stop.request_stop();
    while (!streams_.empty()) {
        auto waiting = changed_.wait(Deadline::never(), {});
        co_await std::move(waiting);
    }
}

void LiveSession::finish() {
    socket_->close(CloseCode::GoingAway, "The server stops; connect again in a moment.");
}

void LiveSession::abort() {
    socket_->abort();
}

core::Task<void> LiveSession::handle(std::string text) {
    std::string id;
    auto request = read_request(text, id);
    if (!request) {
        auto telling = fault(std::move(id), std::move(request).error());
        co_await std::move(telling);
        co_return;
    }
    v1::LiveMessage answer;
    answer.set_id(request->id());
    switch (request->what_case()) {
    case v1::LiveRequest::kSubscribe:
    case v1::LiveRequest::kFollow: {
        const bool subscribe = request->has_subscribe();
        Error refusal;
        if (streams_.contains(request->id())) {
            refusal = invalid_argument("id names a subscription that has not ended; choose another.", "id");
        } else if (streams_.size() >= limits_.live_streams) {
            refusal = Error{.code = ErrorCode::RateLimited,
                            .message = fmt::format("A connection takes {} subscriptions; end one first.",
                                                   limits_.live_streams)};
        } else {
            MessagePtr wish;
            if (subscribe) {
                wish = std::make_unique<v1::StreamEventsRequest>(std::move(*request->mutable_subscribe()));
            } else {
                wish = std::make_unique<v1::StreamRunEventsRequest>(std::move(*request->mutable_follow()));
            }
            open(request->id(), subscribe ? kEvents : kRunEvents, std::move(wish));
            co_return;
        }
        auto telling = fault(request->id(), std::move(refusal));
        co_await std::move(telling);
        co_return;
    }
    case v1::LiveRequest::kUnsubscribe: {
        const auto found = streams_.find(request->id());
        if (found != streams_.end()) {
            found->second.request_stop();  // its own end answers
            co_return;
        }
        auto telling = fault(request->id(), not_found("There is no subscription of that id."));
        co_await std::move(telling);
        co_return;
    }
    case v1::LiveRequest::kPing: answer.mutable_pong(); break;
    case v1::LiveRequest::WHAT_NOT_SET: {
        auto telling = fault(request->id(), invalid_argument("One of subscribe, follow, unsubscribe and ping "
                                                             "must be given."));
        co_await std::move(telling);
        co_return;
    }
    }
    auto sending = send(std::move(answer));
    co_await std::move(sending);
}

/// Tells what is wrong with a request. A client that does little else is shown the door.
core::Task<void> LiveSession::fault(std::string id, Error error) {
    if (++faults_ > limits_.live_faults) {
        socket_->close(CloseCode::Policy, "Too many requests that could not be read or served.");
        co_return;
    }
    auto sending = send(error_message(std::move(id), error));
    co_await std::move(sending);
}

void LiveSession::open(std::string id, std::string_view method, MessagePtr request) {
    auto stop = streams_.try_emplace(id).first->second.get_token();
    auto pumping = pump(shared_from_this(), id, std::string(method), std::move(request), std::move(stop));
    // `serve` waits for the last of them, however it ends.
    boost::asio::co_spawn(socket_->strand(), std::move(pumping),
                          [self = shared_from_this(), id](const std::exception_ptr&) {
                              self->streams_.erase(id);
                              self->changed_.notify_all();
                          });
}

core::Task<void> LiveSession::pump(std::shared_ptr<LiveSession> self, std::string id, std::string method,
                                   MessagePtr request, std::stop_token stop) {
    Status status;
    try {
        auto streaming = send_stream(self, id, std::move(method), std::move(request), stop);
        status = co_await std::move(streaming);
    } catch (const std::exception& thrown) {
        status = fail(internal_error(thrown.what()));
    }
    v1::LiveMessage last;
    last.set_id(id);
    last.mutable_ended();
    if (!status && !stop.stop_requested()) {
        log_failure(self->log_, status.error(), "live " + id, self->request_id_);
        last = error_message(id, status.error());
    }
    auto sending = self->send(std::move(last));
    co_await std::move(sending);
}

core::Task<Status> LiveSession::send_stream(std::shared_ptr<LiveSession> self, std::string id,
                                            std::string method, MessagePtr request, std::stop_token stop) {
    const Method* found = self->methods_.find(method);
    if (found == nullptr) co_return fail(internal_error("no handler for " + method));
    BOT_CO_CHECK(prepare_call(*found, *request, {}));
    core::CallContext context{.deadline = Deadline::never(),
                              .stop = stop,
                              .principal = self->principal_,
                              .mutation = {},
                              .request_id = self->request_id_};
    auto opening = std::get<StreamHandler>(found->handler)(std::move(request), std::move(context));
    BOT_CO_TRY(stream, co_await std::move(opening));
    for (;;) {
        auto pulling = stream->next(Deadline::never(), stop);
        BOT_CO_TRY(message, co_await std::move(pulling));
        if (!message) co_return Status{};
        auto sending = self->send(message_of(id, *message));
        const bool sent = co_await std::move(sending);
        if (!sent) co_return fail(ErrorCode::Cancelled, "The client is gone.");
    }
}

core::Task<bool> LiveSession::send(v1::LiveMessage message) {
    const auto self = shared_from_this();
    std::string text;
    message_to_json(message, text);
    auto entering = writing_.enter();
    const auto pass = co_await std::move(entering);
    auto writing = socket_->write(std::move(text));
    co_return co_await std::move(writing);
}

}  // namespace boternity::api
