#include "infra/llm/google/google_api.hpp"

#include "infra/llm/google/google_request.hpp"
#include "infra/llm/google/google_stream.hpp"
#include "infra/llm/wire/json_reading.hpp"
#include "infra/llm/wire/percent.hpp"
#include "infra/llm/wire/upstream_error.hpp"

#include <boost/json/array.hpp>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <optional>
#include <utility>

namespace boternity::infra {
namespace {

namespace json = boost::json;

constexpr RemoteTraits kTraits{.kind = "google",
                               .format = "Gemini's generateContent",
                               .default_base_url = "https://generativelanguage.googleapis.com/v1beta",
                               .address_advice = "usually ends in /v1beta"};

// A server that says for ever that there are more models is not believed.
constexpr int kMaxPages = 10;

/// "34s", "1.5s": a google.protobuf.Duration as JSON.
std::optional<std::chrono::milliseconds> duration_from(std::string_view text) {
    if (!text.ends_with('s')) return std::nullopt;
    text.remove_suffix(1);
    double seconds = 0;
    const auto [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), seconds);
    constexpr double kDay = 86'400;
    if (wrong != std::errc{} || end != text.data() + text.size() || !(seconds >= 0)) return std::nullopt;
    return std::chrono::milliseconds(static_cast<std::int64_t>(std::min(seconds, kDay) * 1000));
}

/// What the details of an error say beyond its status (google.rpc.RetryInfo and ErrorInfo).
struct Details {
    std::optional<std::chrono::milliseconds> retry_after{};
    bool bad_key = false;
};

Details details_in(std::string_view body) {
    Details details;
    const auto value = parse_vendor_json(body);
    const json::value* found = value ? &*value : nullptr;
    if (const json::array* list = found ? found->if_array() : nullptr; list != nullptr && !list->empty())
        found = &list->front();
    const json::object* answer = found ? found->if_object() : nullptr;
    const json::object* error = answer ? object_in(*answer, "error") : nullptr;
    const json::array* rows = error ? array_in(*error, "details") : nullptr;
    if (rows == nullptr) return details;
    for (const json::value& row : *rows) {
        if (!row.is_object()) continue;
        if (auto delay = duration_from(string_in(row.get_object(), "retryDelay")))
            details.retry_after = delay;
        if (string_in(row.get_object(), "reason") == "API_KEY_INVALID") details.bad_key = true;
    }
    return details;
}

/// "models/NAME", or the whole name where it has a place of its own, as tuned models have.
std::string path_of(const std::string& model) {
    const bool placed = model.find('/') != std::string::npos;
    return (placed ? "/" : "/models/") + percent_encoded(model) + ":streamGenerateContent?alt=sse";
}

class Google final : public RemoteApi {
public:
    const RemoteTraits& traits() const noexcept override { return kTraits; }

    HttpHeaders headers(std::string_view key) const override {
        if (key.empty()) return {};
        return {{"x-goog-api-key", std::string(key)}};  // in the address it would be logged on the way
    }

    Result<RemoteCall> encode(const core::ModelRequest& request, const ModelFacts& facts) const override {
        BOT_TRY(body, encode_google_request(request, facts.traits));
        return RemoteCall{.path = path_of(request.model), .body = std::move(body)};
    }

    std::unique_ptr<ReplyDecoder> decoder(std::string secret) const override {
        return std::make_unique<GoogleStreamDecoder>(std::move(secret));
    }

    Error error(const HttpHead& head, std::string_view body, std::string_view secret) const override {
        const Details details = details_in(body);
        Error error = upstream_error(head, body, secret);
        // A wrong key is a 400 here.
        if (details.bad_key) error = error_of_status(401, complaint_in(body, secret));
        if (!error.retry_after) error.retry_after = details.retry_after;
        return error;
    }

    core::Task<Result<std::vector<core::ToldModel>>> list(RemoteQuery query) const override {
        std::vector<core::ToldModel> models;
        std::string path = "/models?pageSize=1000";
        for (int page = 0; page < kMaxPages && !path.empty(); ++page) {
            auto asking = query(std::exchange(path, {}), "");
            BOT_CO_TRY(answer, co_await std::move(asking));
            const json::array* rows = array_in(answer, "models");
            if (rows == nullptr) co_return fail(unreadable_answer("a list of models without models"));
            for (const json::value& row : *rows)
                if (row.is_object()) add_model(row.get_object(), models);
            if (const auto next = string_in(answer, "nextPageToken"); !next.empty())
                path = "/models?pageSize=1000&pageToken=" + percent_encoded(next);
        }
        co_return models;
    }

private:
    static void add_model(const json::object& row, std::vector<core::ToldModel>& models) {
        std::string_view name = string_in(row, "name");
        if (name.starts_with("models/")) name.remove_prefix(7);
        const json::array* methods = array_in(row, "supportedGenerationMethods");
        const bool talks = methods == nullptr || std::ranges::any_of(*methods, [](const json::value& method) {
                               return method.is_string() && method.get_string() == "generateContent";
                           });
        if (name.empty() || !talks) return;
        core::ToldModel model{.name = std::string(name),
                              .window_tokens = count_in(row, "inputTokenLimit"),
                              .max_output_tokens = count_in(row, "outputTokenLimit")};
        if (const json::value* thinks = row.if_contains("thinking"); thinks && thinks->is_bool())
            model.reasoning = thinks->get_bool();
        models.push_back(std::move(model));
    }
};

}  // namespace

std::shared_ptr<const RemoteApi> make_google() {
    return std::make_shared<Google>();
}

}  // namespace boternity::infra
