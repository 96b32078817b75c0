#include "infra/llm/google/google_api.hpp"

#include "infra/llm/google/google_error.hpp"
#include "infra/llm/google/google_request.hpp"
#include "infra/llm/google/google_stream.hpp"
#include "infra/llm/wire/json_reading.hpp"
#include "infra/llm/wire/percent.hpp"
#include "infra/llm/wire/upstream_error.hpp"

#include <boost/json/array.hpp>

#include <algorithm>
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
        Error error = upstream_error(head, body, secret);
        add_google_details(body, secret, error);
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
