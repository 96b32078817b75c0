#include "api/http/http_connection.hpp"

#include "api/http/chunked_body.hpp"
#include "api/http/field_value.hpp"
#include "api/http/header_guard.hpp"
#include "api/http/negotiate.hpp"
#include "api/http/url.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

namespace boternity::api {
namespace {

constexpr std::string_view kBlankLine = "\r\n\r\n";

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
    head.chunked = !head.field("transfer-encoding").empty();
    const auto length = head.field("content-length");  // at most 18 digits, as the guard has seen
    std::from_chars(length.data(), length.data() + length.size(), head.length);
    return head;
}

}  // namespace

HttpConnection::HttpConnection(std::shared_ptr<Wire> wire, HttpService& service)
    : wire_(std::move(wire)), service_(service), limits_(service.ports().limits) {}

std::string HttpConnection::new_request_id() {
    return service_.ports().ids.next().text();
}

void HttpConnection::finish() {
    finishing_ = true;
    if (live_) live_->finish();
    if (idle_) wire_->interrupt();
}

void HttpConnection::abort() {
    finish();
    stop_.request_stop();
    if (live_) live_->abort();
    wire_->close();
}

core::Task<Status> HttpConnection::serve() {
    const auto self = shared_from_this();
    for (;;) {
        auto reading = read_head();
        auto incoming = co_await std::move(reading);
        if (!incoming) break;
        idle_ = false;
        auto serving = serve_one(std::move(*incoming));
        const auto next = co_await std::move(serving);
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
    auto deadline = clock.in(first_ ? limits_.first_bytes_time : limits_.idle_time);
    first_ = false;
    bool begun = false;
    bool forgiven = false;
    std::size_t end = 0;
    for (;;) {
        // One empty line before a request is forgiven (RFC 9112 section 2.2), but begins its time.
        if (!forgiven && wire_->unread().starts_with("\r\n")) {
            wire_->consume(2);
            forgiven = true;
            if (!begun) deadline = clock.in(limits_.header_time);
            begun = true;
        }
        end = wire_->unread().find(kBlankLine);
        if (end != std::string_view::npos) break;
        if (!wire_->unread().empty()) {
            if (!begun) deadline = clock.in(limits_.header_time);
            begun = true;
            const bool half_a_line_end = !forgiven && wire_->unread() == "\r";
            const auto start = half_a_line_end ? std::expected<void, HeaderFault>{}
                                               : check_header_start(wire_->unread(), header_limits);
            if (!start) {
                auto refusing = refuse_malformed(start.error().status, std::string(start.error().why));
                co_await std::move(refusing);
                co_return std::nullopt;
            }
        }
        if (finishing_) co_return std::nullopt;
        const auto got = co_await wire_->read_more(deadline);
        if (got == Wire::Got::TimedOut && begun) {
            auto refusing = refuse_malformed(408, "The request's header took too long.");
            co_await std::move(refusing);
        }
        if (got == Wire::Got::Interrupted && begun) continue;
        if (got != Wire::Got::More) co_return std::nullopt;
    }
    const auto block = wire_->unread().substr(0, end + kBlankLine.size());
    if (auto checked = check_header(block, header_limits); !checked) {
        auto refusing = refuse_malformed(checked.error().status, std::string(checked.error().why));
        co_await std::move(refusing);
        co_return std::nullopt;
    }
    Incoming incoming;
    incoming.head = parse_head(block, incoming.minor_version);
    wire_->consume(block.size());
    const auto& head = incoming.head;
    incoming.wants_continue = same_word(head.field("expect"), "100-continue") && incoming.minor_version == 1;
    const auto connection = head.list("connection");
    const bool stays =
        incoming.minor_version == 1 ? !list_has(connection, "close") : list_has(connection, "keep-alive");
    incoming.keep_alive = stays ? KeepAlive::Yes : KeepAlive::No;
    co_return incoming;
}

// NOLINTNEXTLINE(cppcoreguidelines-avoid-reference-coroutine-parameters): the caller waits
core::Task<std::optional<std::string>> HttpConnection::read_body(const Incoming& incoming, std::size_t limit,
                                                                 std::string request_id) {
    const auto& clock = service_.ports().clock;
    const auto began = clock.steady();
    const auto& path = incoming.head.path;
    if (incoming.wants_continue && incoming.head.has_body() && wire_->unread().empty()) {
        auto writing = wire_->write("HTTP/1.1 100 Continue\r\n\r\n", {});
        const bool sent = co_await std::move(writing);
        if (!sent) co_return std::nullopt;
    }
    ChunkedBody chunked(limit);
    std::string body;
    for (;;) {
        if (incoming.head.chunked) {
            std::size_t taken = 0;
            const auto state = chunked.feed(wire_->unread(), taken);
            wire_->consume(taken);
            if (state == ChunkedBody::State::Done) co_return chunked.take();
            if (state == ChunkedBody::State::TooLarge) {
                auto too_large = http_problem(
                    413, fmt::format("The body is over {} bytes; send less.", limit), path, request_id);
                auto refusing = refuse(std::move(too_large), request_id);
                co_await std::move(refusing);
                co_return std::nullopt;
            }
            if (state == ChunkedBody::State::Malformed) {
                auto malformed = http_problem(400, "The chunked body is malformed.", path, request_id);
                auto refusing = refuse(std::move(malformed), request_id);
                co_await std::move(refusing);
                co_return std::nullopt;
            }
        } else {
            const auto part = wire_->unread().substr(0, incoming.head.length - body.size());
            body += part;
            wire_->consume(part.size());
            if (body.size() == incoming.head.length) co_return body;
        }
        // A slow but steady client gets the time that its bytes earn.
        const auto received = incoming.head.chunked ? chunked.body().size() : body.size();
        const auto earned = std::chrono::seconds(received / limits_.body_bytes_per_second);
        const Deadline until{began + limits_.body_time + earned};
        const auto got = co_await wire_->read_more(until);
        if (got == Wire::Got::TimedOut) {
            auto late = http_problem(408, "The body took too long.", path, request_id);
            auto refusing = refuse(std::move(late), request_id);
            co_await std::move(refusing);
        }
        if (got == Wire::Got::Interrupted) continue;
        if (got != Wire::Got::More) co_return std::nullopt;
    }
}

core::Task<void> HttpConnection::refuse_malformed(int status, std::string why) {
    auto request_id = new_request_id();
    auto answer = http_problem(status, why, {}, request_id);
    auto refusing = refuse(std::move(answer), std::move(request_id));
    co_await std::move(refusing);
}

core::Task<HttpConnection::Next> HttpConnection::serve_one(Incoming incoming) {
    auto request_id = new_request_id();
    auto admitted = service_.admit(incoming.head, request_id);
    if (auto* refusal = std::get_if<HttpAnswer>(&admitted)) {
        if (!incoming.head.has_body()) {
            auto sending = send(std::move(*refusal), std::move(incoming), std::move(request_id));
            co_return co_await std::move(sending);
        }
        // The body is not read, so nothing behind it can be.
        auto refusing = refuse(std::move(*refusal), std::move(request_id));
        co_await std::move(refusing);
        co_return Next::Close;
    }
    auto plan = std::move(std::get<HttpService::Plan>(admitted));
    std::string body;
    if (incoming.head.has_body()) {
        auto reading = read_body(incoming, plan.body_limit, request_id);
        auto read = co_await std::move(reading);
        if (!read) co_return Next::Close;
        body = std::move(*read);
    }
    if (plan.kind == HttpService::Plan::Kind::WebSocket) {
        auto upgrading = upgrade(std::move(incoming), std::move(plan.principal), std::move(request_id));
        co_return co_await std::move(upgrading);
    }
    const bool streams = plan.method != nullptr && plan.method->streams();
    stop_ = std::stop_source{};
    if (plan.kind == HttpService::Plan::Kind::Call) watch(streams ? Patience::None : Patience::HalfClose);
    auto calling =
        service_.respond(std::move(plan), incoming.head, std::move(body), request_id, stop_.get_token());
    auto response = co_await std::move(calling);
    if (auto* stream = std::get_if<HttpStream>(&response)) {
        auto sending = stream->raw ? send_file(std::move(stream->messages), incoming, request_id)
                                   : send_stream(std::move(stream->messages), incoming, request_id);
        const auto next = co_await std::move(sending);
        unwatch();
        co_return next;
    }
    unwatch();
    auto sending =
        send(std::move(std::get<HttpAnswer>(response)), std::move(incoming), std::move(request_id));
    co_return co_await std::move(sending);
}

void HttpConnection::watch(Patience patience) {
    wire_->watch([weak = weak_from_this(), patience](bool reset) {
        const auto self = weak.lock();
        if (!self) return;
        if (reset || patience == Patience::None) {
            self->stop_.request_stop();
            return;
        }
        // A client may say with FIN that it sends no more and still wait for the answer (RFC 9112
        // section 9.6).
        self->half_close_.emplace(self->wire_->strand(), self->limits_.half_close_time);
        self->half_close_->async_wait([stop = self->stop_](boost::system::error_code error) mutable {
            if (!error) stop.request_stop();
        });
    });
}

void HttpConnection::unwatch() {
    wire_->unwatch();
    half_close_.reset();
}

}  // namespace boternity::api
