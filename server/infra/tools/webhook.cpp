#include "infra/net/http_url.hpp"
#include "infra/tools/page_text.hpp"
#include "infra/tools/tools.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <utility>

namespace boternity::infra {
namespace {

namespace json = boost::json;

constexpr std::size_t kBodyAndPiece = kMostAnswerBytes + std::size_t{1024} * 1024;
constexpr std::size_t kToldOfError = 2'000;
constexpr std::string_view kReference = "env:";
// What the call itself says.
constexpr std::array<std::string_view, 6> kOurs{"content-type", "content-length",  "transfer-encoding",
                                                "host",         "idempotency-key", "connection"};

json::value to_json(const Value& value) {
    if (const auto* truth = value.if_bool()) return *truth;
    if (const auto* integer = value.if_integer()) return *integer;
    if (const auto* real = value.if_real()) return *real;
    if (const auto* text = value.if_text()) return json::value(*text);
    if (const auto* list = value.if_list()) {
        json::array out;
        for (const auto& entry : *list) out.push_back(to_json(entry));
        return out;
    }
    if (const auto* object = value.if_object()) {
        json::object out;
        for (const auto& [name, member] : *object) out[name] = to_json(member);
        return out;
    }
    return nullptr;
}

std::string lower(std::string_view text) {
    std::string out(text);
    for (char& c : out)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return out;
}

/// A token of RFC 9110.
bool is_header_name(std::string_view name) {
    return !name.empty() && std::ranges::all_of(name, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               std::string_view("!#$%&'*+-.^_`|~").contains(c);
    });
}

bool is_line(std::string_view text) {
    return std::ranges::none_of(text, [](char c) { return c == '\r' || c == '\n' || c == '\0'; });
}

class Webhook final : public core::Tool {
public:
    Webhook(DeclaredWebhook declared, HttpClient& http, core::Clock& clock, ToolEnvironment environment)
        : declared_(std::move(declared)), http_(http), clock_(clock), environment_(std::move(environment)) {
        card_ = {.name = declared_.name,
                 .description = declared_.description,
                 .parameters = declared_.parameters.empty() ? R"({"type":"object"})" : declared_.parameters,
                 .read_only = declared_.read_only,
                 .idempotent = declared_.read_only || declared_.idempotent};
    }

    const core::ToolCard& card() const noexcept override { return card_; }

    core::Task<core::ToolAnswer> call(core::ToolInvocation invocation, core::CallContext context) override {
        const auto own = clock_.in(declared_.timeout);
        if (own.at < context.deadline.at) context.deadline = own;
        auto request = request_for(invocation);
        if (!request) co_return core::tell_model(std::move(request).error());
        auto starting = http_.start(std::move(*request), context);
        auto exchange = co_await std::move(starting);
        if (!exchange) co_return failed(std::move(exchange).error());
        const int status = (*exchange)->head().status;
        const std::string charset = parse_media_type((*exchange)->head().header("content-type")).charset;
        const bool fine = status >= 200 && status < 300;
        auto reading = body_of(std::move(*exchange), fine ? kMostAnswerBytes : kToldOfError);
        auto body = co_await std::move(reading);
        if (!body && fine) co_return failed(std::move(body).error());
        std::string text = body ? to_utf8(std::move(*body), charset) : std::string();
        std::erase(text, '\0');
        shorten(text, fine ? kMostAnswerBytes : kToldOfError);
        if (fine) co_return text.empty() ? std::string("(no text)") : std::move(text);
        co_return refused(status, text);
    }

private:
    Result<HttpRequest> request_for(const core::ToolInvocation& invocation) const {
        HttpRequest request{.method = "POST",
                            .url = declared_.url,
                            .headers = {{"Content-Type", "application/json"}},
                            .max_body_bytes = kBodyAndPiece,
                            .egress = Egress::Operator};
        if (!invocation.key.empty()) request.headers.emplace_back("Idempotency-Key", invocation.key);
        for (const auto& [name, value] : declared_.headers) {
            BOT_TRY(said, header_value(value));
            request.headers.emplace_back(name, std::move(said));
        }
        request.timeouts.first_byte = request.timeouts.idle = declared_.timeout;
        request.timeouts.connect = std::min(request.timeouts.connect, request.timeouts.idle);
        request.body = json::serialize(json::object{{"run", invocation.run.text()},
                                                    {"step", invocation.step},
                                                    {"bot", invocation.bot.text()},
                                                    {"arguments", to_json(invocation.arguments)}});
        return request;
    }

    Result<std::string> header_value(const std::string& said) const {
        if (!said.starts_with(kReference)) return said;
        const std::string name = said.substr(kReference.size());
        auto value = environment_(name);
        if (value && is_line(*value)) return std::move(*value);
        return fail(ErrorCode::Unavailable,
                    fmt::format("{} is not set up: {} {} in the server's environment; tell the owner.",
                                declared_.name, name, value ? "has more than one line" : "is not set"));
    }

    static core::Task<Result<std::string>> body_of(std::unique_ptr<HttpExchange> exchange, std::size_t most) {
        std::string body;
        while (body.size() <= most) {
            auto reading = exchange->read();
            BOT_CO_TRY(more, co_await std::move(reading));
            if (more.empty()) break;
            body += more;
        }
        co_return body;
    }

    std::string doubt() const {
        return card_.idempotent ? " It may be called again."
                                : " Nobody knows whether it took effect: find out "
                                  "before you call it again.";
    }

    core::ToolAnswer failed(Error error) const {
        if (error.code == ErrorCode::DeadlineExceeded) {
            error.message = fmt::format("{} gave no answer in time.", declared_.name);
        } else {
            error.message =
                fmt::format("{} could not be asked to the end: {}", declared_.name, error.message);
        }
        error.message += doubt();
        return core::tell_model(std::move(error));
    }

    core::ToolAnswer refused(int status, const std::string& text) const {
        const std::string says = text.empty() ? "." : fmt::format(": {}", text);
        if (status >= 400 && status < 500) {
            return core::tell_model(
                {.code = ErrorCode::UpstreamRefused,
                 .message = fmt::format("{} refused the call (HTTP {}){}", declared_.name, status, says)});
        }
        const char* what = status >= 500 ? "failed" : "answered what is no result";
        return core::tell_model(
            {.code = ErrorCode::UpstreamFailed,
             .message = fmt::format("{} {} (HTTP {}).{}{}", declared_.name, what, status, doubt(),
                                    text.empty() ? "" : fmt::format(" It says: {}", text))});
    }

    DeclaredWebhook declared_;
    HttpClient& http_;
    core::Clock& clock_;
    ToolEnvironment environment_;
    core::ToolCard card_;
};

}  // namespace

Status check_webhook(const DeclaredWebhook& declared) {
    const auto url = parse_http_url(declared.url);
    if (!url) return fail(invalid_argument("url must be an http or https address.", "url"));
    if (url->has_credentials) {
        return fail(invalid_argument("url must hold no user name and no password; use headers.", "url"));
    }
    for (const auto& [name, value] : declared.headers) {
        if (!is_header_name(name))
            return fail(invalid_argument("headers has a name that is none.", "headers"));
        if (std::ranges::find(kOurs, lower(name)) != kOurs.end()) {
            return fail(invalid_argument(
                fmt::format("headers must not set {}: each call says it itself.", name), "headers"));
        }
        if (!is_line(value)) {
            return fail(invalid_argument(fmt::format("The header {} must be one line.", name), "headers"));
        }
    }
    return {};
}

Result<std::shared_ptr<core::Tool>> make_webhook(DeclaredWebhook declared, HttpClient& http,
                                                 core::Clock& clock, ToolEnvironment environment) {
    BOT_CHECK(check_webhook(declared));
    return std::make_shared<Webhook>(std::move(declared), http, clock, std::move(environment));
}

}  // namespace boternity::infra
