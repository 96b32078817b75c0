#include "cli/connection.hpp"

#include "cli/json_fields.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace boternity::cli {
namespace {

namespace json = boost::json;

/// Longer than any server's keep-alive: a stream that is silent for this long is broken.
constexpr std::chrono::milliseconds kStreamSilence{60'000};
constexpr std::chrono::milliseconds kConnectTimeout{5'000};

infra::HttpRequest http_request(const Endpoint& to, const Request& request) {
    infra::HttpRequest http{
        .method = request.method, .url = to.base_url + target_of(request), .egress = infra::Egress::Own};
    http.headers.emplace_back("User-Agent", "boternity-cli");
    if (!to.token.empty()) http.headers.emplace_back("Authorization", "Bearer " + to.token);
    if (request.body) {
        http.headers.emplace_back("Content-Type", "application/json");
        http.body = json::serialize(*request.body);
    } else if (request.raw) {
        http.headers.emplace_back("Content-Type", request.raw->type);
        http.body = request.raw->bytes;
    }
    return http;
}

Failure failure_from(const infra::HttpHead& head, const std::string& body, const std::string& base_url) {
    boost::system::error_code error;
    auto value = json::parse(body, error);
    const bool is_problem = !error && value.is_object() && !text_field(value.get_object(), "detail").empty();
    if (!is_problem) {
        return {.exit = exit_code_for("", head.status),
                .message =
                    fmt::format("{} answered with HTTP status {} and no reason; is a Boternity server there?",
                                base_url, head.status),
                .code = "unexpected_answer"};
    }
    auto& problem = value.get_object();
    const std::string code = text_field(problem, "code");
    return {.exit = exit_code_for(code, head.status),
            .message = text_field(problem, "detail"),
            .code = code,
            .field = text_field(problem, "field"),
            .problem = std::move(problem)};
}

/// The name that an answer gives its file, as far as it is a plain one: no folder, nothing hidden.
std::string file_name_in(std::string_view disposition) {
    constexpr std::string_view key = "filename=\"";
    const auto begin = disposition.find(key);
    if (begin == std::string_view::npos) return {};
    std::string_view name = disposition.substr(begin + key.size());
    name = name.substr(0, name.find('"'));
    const bool plain =
        !name.empty() && name.front() != '.' &&
        name.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") ==
            std::string_view::npos;
    return plain ? std::string(name) : std::string{};
}

}  // namespace

Connection::Connection(Platform platform, Locate locate, std::chrono::milliseconds patience)
    : platform_(std::move(platform)),
      locate_(std::move(locate)),
      patience_(patience),
      http_(infra::make_curl_http_client(io_.get_executor())) {}

Connection::~Connection() {
    // What the client and its exchanges still post is only to close; it must run before the context goes.
    http_.reset();
    io_.restart();
    io_.poll();
}

Answer<Endpoint> Connection::endpoint() {
    if (!endpoint_) {
        auto found = locate_();
        if (!found) return found;
        endpoint_ = std::move(*found);
    }
    return *endpoint_;
}

Failure Connection::unreachable(const Endpoint& to, const Error& error) const {
    switch (error.code) {
    case ErrorCode::DeadlineExceeded:
        return {.exit = ExitCode::Failed,
                .message = fmt::format("{} did not answer within {:g} s; --timeout SECONDS waits longer.",
                                       to.base_url, std::chrono::duration<double>(patience_).count()),
                .code = "deadline_exceeded"};
    case ErrorCode::Cancelled: return interrupted().error();
    case ErrorCode::InvalidArgument:
        return {.exit = ExitCode::Usage, .message = error.message, .code = "usage"};
    default: break;
    }
    // At an address that somebody named, starting a server here may be no help: its name or its certificate
    // may be at fault.
    if (to.named && !error.message.empty())
        return {.exit = ExitCode::NoServer, .message = error.message, .code = "no_server"};
    return {.exit = ExitCode::NoServer,
            .message =
                fmt::format("No server answers at {}. Start one with `boternity serve` (or `make run` in a "
                            "clone).",
                            to.base_url),
            .code = "no_server"};
}

core::Task<Answer<std::unique_ptr<infra::HttpExchange>>>
Connection::start(Endpoint to, Request request, bool stream, std::stop_token stop) {
    infra::HttpRequest http = http_request(to, request);
    http.timeouts.connect = std::min(patience_, kConnectTimeout);
    core::CallContext context{.stop = std::move(stop)};
    if (stream) {
        http.headers.emplace_back("Accept", "text/event-stream");
        http.timeouts.first_byte = std::max(patience_, kStreamSilence);
        http.timeouts.idle = std::max(patience_, kStreamSilence);
    } else {
        http.headers.emplace_back("Accept", request.accept);
        http.timeouts.first_byte = patience_;
        http.timeouts.idle = patience_;
        context.deadline = clock().in(patience_);
    }
    auto sent = http_->start(std::move(http), context);
    auto exchange = co_await std::move(sent);
    if (!exchange) co_return std::unexpected(unreachable(to, exchange.error()));
    if ((*exchange)->head().status / 100 == 2) co_return std::move(*exchange);

    const infra::HttpHead head = (*exchange)->head();
    auto body = co_await (*exchange)->read_all();
    if (!body) co_return std::unexpected(unreachable(to, body.error()));
    co_return std::unexpected(failure_from(head, *body, to.base_url));
}

core::Task<Answer<json::object>> Connection::ask(Request request, std::stop_token stop) {
    const auto to = endpoint();
    if (!to) co_return std::unexpected(to.error());
    auto starting = start(*to, std::move(request), false, std::move(stop));
    auto exchange = co_await std::move(starting);
    if (!exchange) co_return std::unexpected(std::move(exchange).error());
    auto body = co_await (*exchange)->read_all();
    if (!body) co_return std::unexpected(unreachable(*to, body.error()));
    boost::system::error_code error;
    auto value = json::parse(*body, error);
    if (error || !value.is_object()) {
        co_return failed(
            fmt::format("{} answered something that is not JSON; is a Boternity server there?", to->base_url),
            "unexpected_answer");
    }
    co_return std::move(value.get_object());
}

core::Task<Answer<Download>> Connection::fetch(Request request) {
    const auto to = endpoint();
    if (!to) co_return std::unexpected(to.error());
    auto starting = start(*to, std::move(request), false, {});
    auto exchange = co_await std::move(starting);
    if (!exchange) co_return std::unexpected(std::move(exchange).error());
    auto bytes = co_await (*exchange)->read_all();
    if (!bytes) co_return std::unexpected(unreachable(*to, bytes.error()));
    co_return Download{.file_name = file_name_in((*exchange)->head().header("content-disposition")),
                       .bytes = std::move(*bytes)};
}

Answer<Download> Connection::download(Request request) {
    request.accept = "*/*";
    return run(fetch(std::move(request)));
}

Answer<json::object> Connection::call(Request request) {
    return run(ask(std::move(request), {}));
}

core::Task<Answer<std::unique_ptr<infra::HttpExchange>>> Connection::open_stream(Request request,
                                                                                 std::stop_token stop) {
    const auto to = endpoint();
    if (!to) co_return std::unexpected(to.error());
    auto starting = start(*to, std::move(request), true, std::move(stop));
    auto exchange = co_await std::move(starting);
    if (!exchange) co_return exchange;
    if (!(*exchange)->head().header("content-type").starts_with("text/event-stream")) {
        co_return failed(
            fmt::format("{} did not answer with a stream of events; is a Boternity server there?",
                        to->base_url),
            "unexpected_answer");
    }
    co_return exchange;
}

}  // namespace boternity::cli
