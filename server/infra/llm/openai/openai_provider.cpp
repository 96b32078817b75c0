#include "infra/llm/openai/openai_provider.hpp"

#include "infra/llm/openai/chat_reply_stream.hpp"
#include "infra/llm/wire/token_estimate.hpp"

#include <algorithm>
#include <utility>

namespace boternity::infra {
namespace {

/// More of an error's body is not read.
constexpr std::size_t kMaxErrorBytes = 64 * 1024;

bool fits_a_header(std::string_view key) noexcept {
    return std::ranges::all_of(key, [](char c) { return c > 0x20 && c < 0x7f; });
}

/// The beginning of an error's body; what breaks while it is read does not hide the status.
core::Task<std::string> beginning_of_body(HttpExchange* exchange) {
    std::string body;
    while (body.size() < kMaxErrorBytes) {
        auto chunk = co_await exchange->read();
        if (!chunk || chunk->empty()) break;
        body += *chunk;
    }
    co_return body;
}

bool has_type(const HttpHead& head, std::string_view wanted) {
    std::string type(head.header("content-type").substr(0, head.header("content-type").find(';')));
    while (type.ends_with(' ')) type.pop_back();
    return std::ranges::equal(type, wanted, [](char a, char b) {
        return (a >= 'A' && a <= 'Z' ? static_cast<char>(a + 32) : a) == b;
    });
}

}  // namespace

OpenAiProvider::OpenAiProvider(HttpClient& http, Environment environment, OpenAiConfig config,
                               HttpTimeouts timeouts)
    : http_(http), environment_(std::move(environment)), config_(std::move(config)), timeouts_(timeouts) {}

std::vector<core::ModelCard> OpenAiProvider::cards() const {
    std::vector<core::ModelCard> cards;
    for (const auto& model : config_.models) cards.push_back(facts_of(model, config_.window_tokens).card);
    return cards;
}

Result<ModelFacts> OpenAiProvider::find(std::string_view model) const {
    if (std::ranges::find(config_.models, model) == config_.models.end()) {
        return fail(not_found("The provider has no model named " + std::string(model.substr(0, 200)) + "."));
    }
    return facts_of(model, config_.window_tokens);
}

Result<std::string> OpenAiProvider::key() const {
    const std::string& name = config_.key_variable;
    if (name.empty()) return std::string{};
    auto key = environment_(name);
    if (!key || key->empty()) {
        return fail(ErrorCode::UpstreamAuth,
                    "Set " + name +
                        " in the server's environment and restart it, or take the key "
                        "reference out of the provider if it needs no key.");
    }
    if (!fits_a_header(*key)) {
        return fail(ErrorCode::UpstreamAuth,
                    "The value of " + name +
                        " has blanks or characters that no key has; set it anew and restart.");
    }
    return std::move(*key);
}

core::Task<Result<int>> OpenAiProvider::count_tokens(core::ModelRequest request, core::CallContext) {
    BOT_CO_CHECK(find(request.model));
    co_return estimate_tokens(request);
}

core::Task<Result<std::unique_ptr<core::ReplyStream>>> OpenAiProvider::open(core::ModelRequest request,
                                                                            core::CallContext context) {
    BOT_CO_TRY(facts, find(request.model));
    BOT_CO_TRY(secret, key());
    BOT_CO_TRY(body, encode_chat_request(request, facts.dialect));
    HttpRequest http{
        .method = "POST",
        .url = config_.endpoint,
        .headers = {{"Content-Type", "application/json"}, {"Accept", "text/event-stream, application/json"}},
        .body = std::move(body),
        .timeouts = timeouts_};
    if (!secret.empty()) http.headers.emplace_back("Authorization", "Bearer " + secret);
    BOT_CO_TRY(exchange, co_await http_.start(std::move(http), context));

    const HttpHead& head = exchange->head();
    if (head.status != 200) {
        const std::string beginning = co_await beginning_of_body(exchange.get());
        if (context.stop.stop_requested()) co_return fail(ErrorCode::Cancelled, "The call was cancelled.");
        co_return fail(chat_error(head, beginning, secret));
    }
    const bool whole = has_type(head, "application/json");
    // Without a type it is taken for the stream that was asked for.
    if (!whole && !has_type(head, "text/event-stream") && !head.header("content-type").empty()) {
        co_return fail(not_chat(head.header("content-type")));
    }
    const auto form = whole ? ChatReplyStream::Form::Whole : ChatReplyStream::Form::Events;
    co_return std::make_unique<ChatReplyStream>(std::move(exchange), form, std::move(secret),
                                                std::move(context));
}

}  // namespace boternity::infra
