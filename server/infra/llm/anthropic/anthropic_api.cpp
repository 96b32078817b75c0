#include "infra/llm/anthropic/anthropic_api.hpp"

#include "infra/llm/anthropic/anthropic_request.hpp"
#include "infra/llm/anthropic/anthropic_stream.hpp"
#include "infra/llm/wire/json_reading.hpp"
#include "infra/llm/wire/upstream_error.hpp"

#include <boost/json/array.hpp>

#include <utility>

namespace boternity::infra {
namespace {

namespace json = boost::json;

constexpr RemoteTraits kTraits{.kind = "anthropic",
                               .format = "Anthropic Messages",
                               .default_base_url = "https://api.anthropic.com",
                               .address_advice = "usually ends in the host's name"};

// Of 1000 models each; a server that says for ever that there are more is not believed.
constexpr int kMaxPages = 10;

class Anthropic final : public RemoteApi {
public:
    const RemoteTraits& traits() const noexcept override { return kTraits; }

    HttpHeaders headers(std::string_view key) const override {
        // The version that every compatible server knows; what newer ones refuse (a temperature) is told by
        // the traits of the model. x-api-key is read by them all, Authorization by some.
        HttpHeaders headers{{"anthropic-version", "2023-06-01"}};
        if (!key.empty()) headers.emplace_back("x-api-key", std::string(key));
        return headers;
    }

    Result<RemoteCall> encode(const core::ModelRequest& request, const ModelFacts& facts) const override {
        BOT_TRY(body, encode_anthropic_request(request, facts.traits));
        return RemoteCall{.path = "/v1/messages", .body = std::move(body)};
    }

    std::unique_ptr<ReplyDecoder> decoder(std::string secret) const override {
        return std::make_unique<AnthropicStreamDecoder>(std::move(secret));
    }

    core::Task<Result<std::vector<core::ToldModel>>> list(RemoteQuery query) const override {
        std::vector<core::ToldModel> models;
        std::string path = "/v1/models?limit=1000";
        for (int page = 0; page < kMaxPages && !path.empty(); ++page) {
            auto asking = query(std::exchange(path, {}), "");
            BOT_CO_TRY(answer, co_await std::move(asking));
            const json::array* rows = array_in(answer, "data");
            if (rows == nullptr) co_return fail(unreadable_answer("a list of models without data"));
            for (const json::value& row : *rows) {
                const json::object* model = row.if_object();
                if (model == nullptr || string_in(*model, "id").empty()) continue;
                models.push_back({.name = std::string(string_in(*model, "id")),
                                  .window_tokens = count_in(*model, "max_input_tokens"),
                                  .max_output_tokens = count_in(*model, "max_tokens")});
            }
            const json::value* more = answer.if_contains("has_more");
            const std::string_view last = string_in(answer, "last_id");
            if (more != nullptr && more->is_bool() && more->get_bool() && is_plain(last))
                path = "/v1/models?limit=1000&after_id=" + std::string(last);
        }
        co_return models;
    }

private:
    /// Fits a query without being escaped.
    static bool is_plain(std::string_view id) {
        return !id.empty() && id.size() <= 200 &&
               id.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") ==
                   std::string_view::npos;
    }
};

}  // namespace

std::shared_ptr<const RemoteApi> make_anthropic() {
    return std::make_shared<Anthropic>();
}

}  // namespace boternity::infra
