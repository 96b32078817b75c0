#include "infra/llm/openai/openai_probe.hpp"

#include "infra/llm/openai/openai_chat.hpp"
#include "infra/llm/remote/remote_config.hpp"
#include "infra/llm/wire/json_reading.hpp"
#include "infra/llm/wire/upstream_error.hpp"
#include "infra/net/retry_after.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <chrono>
#include <string>
#include <string_view>
#include <utility>

namespace boternity::infra {
namespace {

constexpr std::size_t kMostBytes = 4 * 1024 * 1024;

std::vector<std::string> names_in(const std::string& body) {
    std::vector<std::string> names;
    const auto value = parse_vendor_json(body);
    if (!value || !value->is_object()) return names;
    const auto* data = array_in(value->get_object(), "data");
    if (data == nullptr) return names;
    for (const auto& model : *data) {
        if (model.is_object()) names.emplace_back(string_in(model.get_object(), "id"));
    }
    return names;
}

class OpenAiProbe final : public core::ProviderProbe {
public:
    OpenAiProbe(HttpClient& http, Environment environment)
        : http_(http), environment_(std::move(environment)) {}

    core::Task<Result<core::ProbeAnswer>> probe(core::ProviderConfig provider,
                                                core::CallContext context) override {
        BOT_CO_TRY(config, check_remote_config(provider, make_openai_chat()->traits()));
        std::string secret;
        if (!config.key_variable.empty()) {
            secret = environment_(config.key_variable).value_or("");
            if (secret.empty())
                co_return fail(ErrorCode::UpstreamAuth, "The variable " + config.key_variable +
                                                            " is not set in the server's environment.");
        }
        HttpRequest http{.url = config.base_url + "/models",
                         .headers = {{"Accept", "application/json"}},
                         .max_body_bytes = kMostBytes};
        if (!secret.empty()) http.headers.emplace_back("Authorization", "Bearer " + secret);
        auto starting = http_.start(std::move(http), context);
        BOT_CO_TRY(exchange, co_await std::move(starting));
        auto reading = exchange->read_all();
        const auto body = co_await std::move(reading);
        const HttpHead& head = exchange->head();
        if (!body) co_return fail(body.error());
        core::ProbeAnswer answer;
        if (const auto at = answered_at(head))
            answer.date = Timestamp{std::chrono::microseconds(at->time_since_epoch()).count()};
        // Not every server has this list; that it has none says that it is there.
        if (head.status == 404 || head.status == 405) co_return answer;
        if (head.status != 200) co_return fail(upstream_error(head, *body, secret));
        answer.models = names_in(*body);
        co_return answer;
    }

private:
    HttpClient& http_;
    Environment environment_;
};

}  // namespace

std::unique_ptr<core::ProviderProbe> make_openai_probe(HttpClient& http, Environment environment) {
    return std::make_unique<OpenAiProbe>(http, std::move(environment));
}

}  // namespace boternity::infra
