#include "api/http/http_connection.hpp"

#include "api/http/chunked_body.hpp"
#include "api/http/header_guard.hpp"
#include "api/http/negotiate.hpp"
#include "api/http/sse.hpp"
#include "api/http/url.hpp"

#include <boost/asio/steady_timer.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

namespace boternity::api {
namespace {

constexpr std::string_view kBlankLine = "\r\n\r\n";

std::string_view trimmed(std::string_view text) noexcept {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
    return text;
}

/// Takes a block apart that `check_header` has passed: every line has its form.
HttpHeadIn parse_head(std::string_view block, int& minor_version) {
    HttpHeadIn head;
    auto line_end = block.find("\r\n");
    const auto start = block.substr(0, line_end);
    const auto verb_end = start.find(' ');
    const auto target_end = start.rfind(' ');
    head.verb = start.substr(0, verb_end);
    const auto target = split_target(start.substr(verb_end + 1, target_end - verb_end - 1));
    head.path = target.path;
    head.query = target.query;
    minor_version = start.back() - '0';
    block.remove_prefix(line_end + 2);
    while (!block.starts_with("\r\n")) {
        line_end = block.find("\r\n");
        const auto line = block.substr(0, line_end);
        const auto colon = line.find(':');
        head.fields.emplace_back(line.substr(0, colon), trimmed(line.substr(colon + 1)));
        block.remove_prefix(line_end + 2);
    }
    return head;
}

bool lists(std::string_view list, std::string_view word) noexcept {
    while (!list.empty()) {
        const auto end = std::min(list.find(','), list.size());
        if (same_word(trimmed(list.substr(0, end)), word)) return true;
        list.remove_prefix(std::min(end + 1, list.size()));
    }
    return false;
}

}  // namespace

HttpConnection::HttpConnection(std::shared_ptr<Wire> wire, HttpService& service)
    : wire_(std::move(wire)), service_(service), limits_(service.ports().limits) {}

std::string HttpConnection::new_request_id() {
    return service_.ports().ids.next().text();
}

void HttpConnection::finish() {
    finishing_ = true;
    if (idle_) wire_->interrupt();
}

void HttpConnection::abort() {
    finish();
    stop_.request_stop();
    wire_->close();
}

core::Task<Status> HttpConnection::serve() {
    const auto self = shared_from_this();
    for (;;) {
        auto incoming = co_await read_head();
        if (!incoming) break;
        idle_ = false;
        const auto next = co_await serve_one(std::move(*incoming));
        idle_ = true;
        if (next == Next::Close || finishing_) break;
    }
    wire_->close();
    co_return Status{};
}

core::Task<std::optional<HttpConnection::Incoming>> HttpConnection::read_head() {
    const auto& clock = service_.ports().clock;
    const HeaderLimits header_limits{
        .bytes = limits_.header_bytes, .fields = limits_.header_fields, .target = limits_.target_bytes};
    auto deadline = clock.in(limits_.idle_time);
    bool begun = false;
    std::size_t end = 0;
    for (;;) {
        // An empty line before a request is forgiven (RFC 9112 section 2.2).
        while (wire_->unread().starts_with("\r\n")) wire_->consume(2);
        end = wire_->unread().find(kBlankLine);
        if (end != std::string_view::npos) break;
        if (!wire_->unread().empty()) {
            if (!begun) deadline = clock.in(limits_.header_time);
            begun = true;
            if (auto start = check_header_start(wire_->unread(), header_limits); !start) {
                co_await refuse(http_problem(start.error().status, start.error().why, "", {}),
                                new_request_id());
                co_return std::nullopt;
            }
        }
        if (finishing_) co_return std::nullopt;
        const auto got = co_await wire_->read_more(deadline);
        if (got == Wire::Got::TimedOut && begun) {
            co_await refuse(http_problem(408, "The request's header took too long.", "", {}),
                            new_request_id());
        }
        if (got == Wire::Got::Interrupted && begun) continue;
        if (got != Wire::Got::More) co_return std::nullopt;
    }
    const auto block = wire_->unread().substr(0, end + kBlankLine.size());
    if (auto checked = check_header(block, header_limits); !checked) {
        co_await refuse(http_problem(checked.error().status, checked.error().why, "", {}), new_request_id());
        co_return std::nullopt;
    }
    Incoming incoming;
    incoming.head = parse_head(block, incoming.minor_version);
    wire_->consume(block.size());
    const auto& head = incoming.head;
    incoming.chunked = !head.field("transfer-encoding").empty();
    if (const auto length = head.field("content-length"); !length.empty()) {
        const auto parsed = std::from_chars(length.data(), length.data() + length.size(), incoming.length);
        if (parsed.ec != std::errc{}) incoming.length = std::numeric_limits<std::size_t>::max();
    }
    incoming.wants_continue = same_word(head.field("expect"), "100-continue") && incoming.minor_version == 1;
    const auto connection = head.field("connection");
    const bool stays =
        incoming.minor_version == 1 ? !lists(connection, "close") : lists(connection, "keep-alive");
    incoming.keep_alive = stays ? KeepAlive::Yes : KeepAlive::No;
    co_return incoming;
}

core::Task<std::optional<std::string>> HttpConnection::read_body(const Incoming& incoming,
                                                                 const std::string& request_id) {
    const auto& clock = service_.ports().clock;
    const auto began = clock.steady();
    const auto& path = incoming.head.path;
    if (incoming.wants_continue && incoming.has_body() && wire_->unread().empty()) {
        const bool sent = co_await wire_->write("HTTP/1.1 100 Continue\r\n\r\n", {});
        if (!sent) co_return std::nullopt;
    }
    ChunkedBody chunked(limits_.body_bytes);
    std::string body;
    for (;;) {
        if (incoming.chunked) {
            std::size_t taken = 0;
            const auto state = chunked.feed(wire_->unread(), taken);
            wire_->consume(taken);
            if (state == ChunkedBody::State::Done) co_return chunked.take();
            if (state == ChunkedBody::State::TooLarge) {
                co_await refuse(
                    http_problem(413,
                                 fmt::format("The body is over {} bytes; send less.", limits_.body_bytes),
                                 path, request_id),
                    request_id);
                co_return std::nullopt;
            }
            if (state == ChunkedBody::State::Malformed) {
                co_await refuse(http_problem(400, "The chunked body is malformed.", path, request_id),
                                request_id);
                co_return std::nullopt;
            }
        } else {
            const auto part = wire_->unread().substr(0, incoming.length - body.size());
            body += part;
            wire_->consume(part.size());
            if (body.size() == incoming.length) co_return body;
        }
        // A slow but steady client gets the time that its bytes earn.
        const auto received = incoming.chunked ? chunked.body().size() : body.size();
        const auto earned = std::chrono::seconds(received / limits_.body_bytes_per_second);
        const auto got = co_await wire_->read_more({began + limits_.body_time + earned});
        if (got == Wire::Got::TimedOut) {
            co_await refuse(http_problem(408, "The body took too long.", path, request_id), request_id);
        }
        if (got == Wire::Got::Interrupted) continue;
        if (got != Wire::Got::More) co_return std::nullopt;
    }
}

core::Task<HttpConnection::Next> HttpConnection::serve_one(Incoming incoming) {
    const auto request_id = new_request_id();
    const auto& head = incoming.head;
    auto principal = service_.admit(head);
    const auto expect = head.field("expect");
    const bool too_large = !incoming.chunked && incoming.length > limits_.body_bytes;
    if (!principal || too_large ||
        (!expect.empty() && !incoming.wants_continue && incoming.minor_version == 1)) {
        auto answer =
            !principal ? problem(principal.error(), head.path, request_id)
            : too_large
                ? http_problem(413, fmt::format("The body is over {} bytes; send less.", limits_.body_bytes),
                               head.path, request_id)
                : http_problem(417, "Only `Expect: 100-continue` is known.", head.path, request_id);
        if (!incoming.has_body()) co_return co_await send(std::move(answer), incoming, request_id);
        // The body is not read, so nothing behind it can be.
        co_await refuse(std::move(answer), request_id);
        co_return Next::Close;
    }
    std::string body;
    if (incoming.has_body()) {
        auto read = co_await read_body(incoming, request_id);
        if (!read) co_return Next::Close;
        body = std::move(*read);
    }
    stop_ = std::stop_source{};
    const auto stop = stop_;
    wire_->watch([stop](bool) mutable { stop.request_stop(); });
    auto response = co_await service_.respond(head, std::move(body), std::move(*principal), request_id,
                                              stop_.get_token());
    if (auto* stream = std::get_if<HttpStream>(&response)) {
        const auto next = co_await send_stream(std::move(*stream), incoming, request_id, stop_.get_token());
        wire_->unwatch();
        co_return next;
    }
    wire_->unwatch();
    co_return co_await send(std::move(std::get<HttpAnswer>(response)), incoming, request_id);
}

core::Task<HttpConnection::Next> HttpConnection::send(HttpAnswer answer, const Incoming& incoming,
                                                      std::string request_id) {
    const bool keep = incoming.keep_alive == KeepAlive::Yes && !finishing_;
    if (answer.gzipped) answer.fields.emplace_back("Content-Encoding", "gzip");
    if (answer.content_type == kJson) answer.fields.emplace_back("Vary", "Accept, Accept-Encoding");
    if (keep && incoming.minor_version == 0) answer.fields.emplace_back("Connection", "keep-alive");
    auto head = write_head({.status = answer.status,
                            .content_type = answer.content_type,
                            .fields = &answer.fields,
                            .length = answer.body.size(),
                            .chunked = false,
                            .keep_alive = keep ? KeepAlive::Yes : KeepAlive::No,
                            .request_id = request_id,
                            .date = http_date(service_.ports().clock.now())});
    if (incoming.head.verb == "HEAD") answer.body.clear();
    const bool sent = co_await wire_->write(std::move(head), std::move(answer.body));
    co_return sent&& keep ? Next::KeepAlive : Next::Close;
}

core::Task<HttpConnection::Next> HttpConnection::send_stream(HttpStream stream, const Incoming& incoming,
                                                             std::string request_id, std::stop_token stop) {
    const auto& ports = service_.ports();
    const bool chunked = incoming.minor_version == 1;
    bool started = false;
    for (;;) {
        auto message = co_await stream.messages->next(ports.clock.in(limits_.ping_time), stop);
        const bool quiet = !message && message.error().code == ErrorCode::DeadlineExceeded;
        if (!message && !quiet && !started) {
            co_return co_await send(problem(message.error(), incoming.head.path, request_id), incoming,
                                    request_id);
        }
        std::string head;
        if (!started) {
            started = true;
            head = write_head({.status = 200,
                               .content_type = kEventStream,
                               .fields = nullptr,
                               .length = std::nullopt,
                               .chunked = chunked,
                               .keep_alive = chunked ? KeepAlive::Yes : KeepAlive::No,
                               .request_id = request_id,
                               .date = http_date(ports.clock.now())});
        }
        std::string events;
        bool end = false;
        if (quiet) {
            events = ": ping\n\n";
        } else if (!message) {
            events = sse_error(message.error(), incoming.head.path, request_id);
            end = true;
        } else if (!*message) {
            end = true;
        } else {
            append_sse(**message, events);
            while (stream.messages->ready()) {
                auto more = co_await stream.messages->next(ports.clock.in(limits_.ping_time), stop);
                if (!more || !*more) break;
                append_sse(**more, events);
            }
        }
        if (chunked && !events.empty()) events = fmt::format("{:x}\r\n", events.size()) + events + "\r\n";
        if (chunked && end) events += "0\r\n\r\n";
        const bool sent = co_await wire_->write(std::move(head), std::move(events));
        if (!sent) co_return Next::Close;
        if (end) break;
    }
    co_return chunked&& incoming.keep_alive == KeepAlive::Yes && !finishing_ ? Next::KeepAlive : Next::Close;
}

core::Task<void> HttpConnection::refuse(HttpAnswer answer, std::string request_id) {
    auto head = write_head({.status = answer.status,
                            .content_type = answer.content_type,
                            .fields = &answer.fields,
                            .length = answer.body.size(),
                            .chunked = false,
                            .keep_alive = KeepAlive::No,
                            .request_id = request_id,
                            .date = http_date(service_.ports().clock.now())});
    const bool sent = co_await wire_->write(std::move(head), std::move(answer.body));
    if (sent) co_await wire_->linger(service_.ports().clock.in(limits_.linger_time));
}

}  // namespace boternity::api
