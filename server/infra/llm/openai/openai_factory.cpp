#include "infra/llm/openai/openai_factory.hpp"

#include "infra/llm/openai/openai_provider.hpp"

#include <utility>

namespace boternity::infra {
namespace {

class OpenAiFactory final : public core::LlmProviderFactory {
public:
    OpenAiFactory(HttpClient& http, Environment environment, HttpTimeouts timeouts)
        : http_(http), environment_(std::move(environment)), timeouts_(timeouts) {}

    Result<std::shared_ptr<core::LlmProvider>> make(const core::ProviderConfig& config) const override {
        BOT_TRY(checked, check_openai_config(config));
        return std::make_shared<OpenAiProvider>(http_, environment_, std::move(checked), timeouts_);
    }

private:
    HttpClient& http_;
    Environment environment_;
    HttpTimeouts timeouts_;
};

}  // namespace

std::shared_ptr<const core::LlmProviderFactory> make_openai_factory(HttpClient& http, Environment environment,
                                                                    HttpTimeouts timeouts) {
    return std::make_shared<OpenAiFactory>(http, std::move(environment), timeouts);
}

}  // namespace boternity::infra
