// HttpConnection, second half: answers and streams as bytes.
#include "api/http/gzip.hpp"
#include "api/http/http_connection.hpp"
#include "api/http/sse.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace boternity::api {
namespace {

// What is ready goes out in one write, up to this.
constexpr std::size_t kMostInOneWrite = 32 * 1024;

/// What was pulled from a stream for one write.
struct Pulled {
    std::string events{};
    bool ended = false;
    std::optional<Error> error{};
};

// NOLINTNEXTLINE(cppcoreguidelines-avoid-reference-coroutine-parameters): the sender that waits owns both
core::Task<Pulled> pull(MessageStream& stream, const core::Clock& clock, std::chrono::milliseconds ping,
                        std::stop_token stop) {
    Pulled out;
    do {
        const auto deadline = clock.in(ping);
        auto pulling = stream.next(deadline, stop);
        auto message = co_await std::move(pulling);
        if (message && *message) {
            append_sse(**message, out.events);
            continue;
        }
        if (message) {
            out.ended = true;
        } else if (message.error().code == ErrorCode::DeadlineExceeded && clock.steady() >= deadline.at) {
            out.events += ": ping\n\n";
        } else {
            out.error = std::move(message).error();
        }
        break;
    } while (stream.ready() && out.events.size() < kMostInOneWrite);
    co_return out;
}

}  // namespace

KeepAlive HttpConnection::keeps(const Incoming& incoming) const noexcept {
    return incoming.keep_alive == KeepAlive::Yes && !finishing_ ? KeepAlive::Yes : KeepAlive::No;
}

core::Task<HttpConnection::Next> HttpConnection::send(HttpAnswer answer, Incoming incoming,
                                                      std::string request_id) {
    const auto keep = keeps(incoming);
    if (answer.gzipped) answer.fields.emplace_back("Content-Encoding", "gzip");
    if (answer.content_type == kJson) answer.fields.emplace_back("Vary", "Accept, Accept-Encoding");
    if (keep == KeepAlive::Yes && incoming.minor_version == 0)
        answer.fields.emplace_back("Connection", "keep-alive");
    auto head = write_head({.status = answer.status,
                            .content_type = answer.content_type,
                            .fields = &answer.fields,
                            .length = answer.body.size() + answer.shared.size(),
                            .keep_alive = keep,
                            .request_id = request_id,
                            .date = http_date(service_.ports().clock.now())});
    if (incoming.head.verb == "HEAD") {
        answer.body.clear();
        answer.shared = {};
    }
    auto writing = wire_->write(std::move(head), std::move(answer.body), answer.shared);
    const bool sent = co_await std::move(writing);
    co_return sent&& keep == KeepAlive::Yes ? Next::KeepAlive : Next::Close;
}

core::Task<HttpConnection::Next> HttpConnection::send_stream(MessageStreamPtr stream, Incoming incoming,
                                                             std::string request_id) {
    const auto& clock = service_.ports().clock;
    const bool chunked = incoming.minor_version == 1;
    const auto keep = chunked ? keeps(incoming) : KeepAlive::No;
    const std::vector<std::pair<std::string_view, std::string>> fields{
        {"X-Accel-Buffering", "no"}};  // a proxy that gathers the events would defeat them
    std::string head = write_head({.status = 200,
                                   .content_type = kEventStream,
                                   .fields = &fields,
                                   .chunked = chunked,
                                   .keep_alive = keep,
                                   .request_id = request_id,
                                   .date = http_date(clock.now())});
    if (incoming.head.verb == "HEAD") {
        auto writing = wire_->write(std::move(head), {});
        const bool sent = co_await std::move(writing);
        co_return sent&& keep == KeepAlive::Yes ? Next::KeepAlive : Next::Close;
    }
    // The head goes out with the first event, so that an error before it still has a status; but soon, so
    // that a client of a stream that is quiet for now knows that it is connected.
    bool began = false;
    for (;;) {
        const auto wait = began ? limits_.ping_time : std::min(limits_.first_event_time, limits_.ping_time);
        auto pulling = pull(*stream, clock, wait, stop_.get_token());
        auto pulled = co_await std::move(pulling);
        if (pulled.error) {
            auto answer = service_.refuse(*pulled.error, incoming.head, request_id);
            if (!began && pulled.events.empty()) {
                auto sending = send(std::move(answer), std::move(incoming), std::move(request_id));
                co_return co_await std::move(sending);
            }
            pulled.events += sse_error(*pulled.error, incoming.head.path, request_id);
        }
        const bool last = pulled.ended || pulled.error.has_value();
        auto& bytes = pulled.events;
        if (chunked && !bytes.empty()) bytes = fmt::format("{:x}\r\n{}\r\n", bytes.size(), bytes);
        if (chunked && last) bytes += "0\r\n\r\n";
        auto writing = wire_->write(std::exchange(head, {}), std::move(bytes));
        const bool sent = co_await std::move(writing);
        began = true;
        if (!sent) co_return Next::Close;
        if (last) break;
    }
    co_return keep == KeepAlive::Yes && !finishing_ ? Next::KeepAlive : Next::Close;
}

core::Task<void> HttpConnection::refuse(HttpAnswer answer, std::string request_id) {
    const auto& clock = service_.ports().clock;
    auto head = write_head({.status = answer.status,
                            .content_type = answer.content_type,
                            .fields = &answer.fields,
                            .length = answer.body.size(),
                            .keep_alive = KeepAlive::No,
                            .request_id = request_id,
                            .date = http_date(clock.now())});
    auto writing = wire_->write(std::move(head), std::move(answer.body));
    const bool sent = co_await std::move(writing);
    if (!sent) co_return;
    auto lingering = wire_->linger(clock.in(limits_.linger_time));
    co_await std::move(lingering);
}

}  // namespace boternity::api
