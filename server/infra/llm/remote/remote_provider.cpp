#include "infra/llm/remote/remote_provider.hpp"

#include "infra/llm/remote/remote_reply_stream.hpp"
#include "infra/llm/wire/json_reading.hpp"
#include "infra/llm/wire/token_estimate.hpp"
#include "infra/llm/wire/upstream_error.hpp"
#include "infra/net/retry_after.hpp"

#include <algorithm>
#include <chrono>
#include <map>
#include <optional>
#include <utility>

namespace boternity::infra {
namespace {

/// More of an error's body is not read.
constexpr std::size_t kMaxErrorBytes = 64 * 1024;
/// Lists of models may be long.
constexpr std::size_t kMaxListBytes = 16 * 1024 * 1024;

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

Error no_such_route() {
    return {.code = ErrorCode::NotFound, .message = "The provider does not tell which models it has."};
}

Error cancelled() {
    return {.code = ErrorCode::Cancelled, .message = "The call was cancelled."};
}

/// One question that costs nothing. Keeps what it needs: the provider may be removed meanwhile.
struct Asking {
    RemoteNeeds needs;
    std::shared_ptr<const RemoteApi> api;
    std::string base_url;
    std::string secret;
    core::CallContext context;
    std::shared_ptr<std::optional<Timestamp>> date;  ///< of the latest answer
};

core::Task<Result<boost::json::object>> ask(Asking asking, std::string path, std::string body) {
    HttpRequest http{.method = body.empty() ? "GET" : "POST",
                     .url = asking.base_url + path,
                     .headers = asking.api->headers(asking.secret),
                     .body = std::move(body),
                     .timeouts = asking.needs.timeouts,
                     .max_body_bytes = kMaxListBytes};
    http.headers.emplace_back("Accept", "application/json");
    if (!http.body.empty()) http.headers.emplace_back("Content-Type", "application/json");
    BOT_CO_TRY(exchange, co_await asking.needs.http.start(std::move(http), asking.context));
    if (const auto at = answered_at(exchange->head()))
        *asking.date = Timestamp{std::chrono::microseconds(at->time_since_epoch()).count()};
    const int status = exchange->head().status;
    // Not every server has a list of models; that it says so tells that it is there.
    if (status == 404 || status == 405) co_return fail(no_such_route());
    if (exchange->head().status != 200) {
        const std::string beginning = co_await beginning_of_body(exchange.get());
        if (asking.context.stop.stop_requested()) co_return fail(cancelled());
        co_return fail(asking.api->error(exchange->head(), beginning, asking.secret));
    }
    BOT_CO_TRY(answer, co_await exchange->read_all());
    auto value = parse_vendor_json(answer);
    if (!value || !value->is_object()) {
        const auto& traits = asking.api->traits();
        co_return fail(
            not_an_answer(exchange->head().header("content-type"), traits.format, traits.address_advice));
    }
    co_return std::move(value->get_object());
}

}  // namespace

RemoteProvider::RemoteProvider(RemoteNeeds needs, std::shared_ptr<const RemoteApi> api, RemoteConfig config)
    : needs_(std::move(needs)), api_(std::move(api)), config_(std::move(config)) {
    std::map<std::string_view, const core::ToldModel*> told;
    for (const auto& model : config_.told) told.emplace(model.name, &model);
    for (const auto& model : config_.models) {
        const auto said = told.find(model);
        facts_.emplace(model, facts_of(model, said == told.end() ? nullptr : said->second));
    }
}

ModelFacts RemoteProvider::facts_of(const std::string& model, const core::ToldModel* told) const {
    const auto facts = [&](std::optional<int> window) {
        return needs_.catalog.facts_of(model, told, window);
    };
    ModelFacts found = facts(config_.window_tokens);
    const int usual = api_->traits().usual_window_tokens;
    if (!config_.window_tokens && usual > 0 && found.card.window_tokens > usual) found = facts(usual);
    return found;
}

std::vector<core::ModelCard> RemoteProvider::cards() const {
    std::vector<core::ModelCard> cards;
    cards.reserve(config_.models.size());
    for (const auto& model : config_.models) cards.push_back(facts_.find(model)->second.card);
    return cards;
}

std::optional<core::ModelCard> RemoteProvider::card_of(std::string_view model) const {
    const auto known = facts_.find(model);
    return known == facts_.end() ? std::nullopt : std::optional(known->second.card);
}

Result<ModelFacts> RemoteProvider::find(const std::string& model) const {
    const auto known = facts_.find(model);
    if (known == facts_.end())
        return fail(not_found("The provider has no model named " + model.substr(0, 200) + "."));
    return known->second;
}

core::Task<Result<core::ToldModels>> RemoteProvider::list(core::CallContext context) {
    BOT_CO_TRY(secret, key());
    const Asking asking{.needs = needs_,
                        .api = api_,
                        .base_url = config_.base_url,
                        .secret = std::move(secret),
                        .context = std::move(context),
                        .date = std::make_shared<std::optional<Timestamp>>()};
    RemoteQuery query = [asking](std::string path, std::string body) {
        return ask(asking, std::move(path), std::move(body));
    };
    const auto api = api_;
    auto models = co_await api->list(std::move(query));
    core::ToldModels told{.date = *asking.date};
    if (!models && models.error().code != ErrorCode::NotFound) co_return fail(std::move(models).error());
    if (models) told.models = std::move(*models);
    co_return told;
}

Result<std::string> RemoteProvider::key() const {
    const std::string& name = config_.key_variable;
    if (name.empty()) return std::string{};
    auto key = needs_.environment(name);
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

core::Task<Result<int>> RemoteProvider::count_tokens(core::ModelRequest request, core::CallContext) {
    BOT_CO_CHECK(find(request.model));
    co_return estimate_tokens(request);
}

core::Task<Result<std::unique_ptr<core::ReplyStream>>> RemoteProvider::open(core::ModelRequest request,
                                                                            core::CallContext context) {
    using Form = RemoteReplyStream::Form;
    BOT_CO_TRY(facts, find(request.model));
    BOT_CO_TRY(secret, key());
    BOT_CO_TRY(call, api_->encode(request, facts));
    const RemoteTraits& traits = api_->traits();
    const bool lines = traits.framing == Framing::Lines;
    const std::string_view streamed = lines ? "application/x-ndjson" : "text/event-stream";
    HttpRequest http{.method = "POST",
                     .url = config_.base_url + call.path,
                     .headers = api_->headers(secret),
                     .body = std::move(call.body),
                     .timeouts = needs_.timeouts};
    http.headers.emplace_back("Content-Type", "application/json");
    http.headers.emplace_back("Accept", std::string(streamed) + ", application/json");
    BOT_CO_TRY(exchange, co_await needs_.http.start(std::move(http), context));

    const HttpHead& head = exchange->head();
    if (head.status != 200) {
        const std::string beginning = co_await beginning_of_body(exchange.get());
        if (context.stop.stop_requested()) co_return fail(cancelled());
        co_return fail(api_->error(head, beginning, secret));
    }
    const std::string_view type = head.header("content-type");
    const bool whole = has_type(head, "application/json") && !lines;
    // Without a type it is taken for the stream that was asked for.
    if (!whole && !type.empty() && !has_type(head, streamed) && !has_type(head, "application/json")) {
        co_return fail(not_an_answer(type, traits.format, traits.address_advice));
    }
    const Form form = whole ? Form::Whole : lines ? Form::Lines : Form::Events;
    co_return std::make_unique<RemoteReplyStream>(std::move(exchange), form, api_->decoder(std::move(secret)),
                                                  std::move(context));
}

}  // namespace boternity::infra
