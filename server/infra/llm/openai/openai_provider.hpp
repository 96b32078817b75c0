#pragma once

#include "core/ports/llm_provider.hpp"
#include "infra/llm/openai/model_facts.hpp"
#include "infra/llm/openai/openai_config.hpp"
#include "infra/llm/openai/openai_factory.hpp"

#include <vector>

namespace boternity::infra {

/// One configured server that speaks Chat Completions. Errors and threads as LlmProvider; nothing is shared
/// between calls but the connections of the HTTP client.
class OpenAiProvider final : public core::LlmProvider {
public:
    OpenAiProvider(HttpClient& http, Environment environment, OpenAiConfig config,
                   HttpTimeouts timeouts = {});

    std::vector<core::ModelCard> cards() const override;
    /// An estimate: the server's tokenizer is not to be had.
    core::Task<Result<int>> count_tokens(core::ModelRequest request, core::CallContext context) override;
    core::Task<Result<std::unique_ptr<core::ReplyStream>>> open(core::ModelRequest request,
                                                                core::CallContext context) override;

private:
    Result<ModelFacts> find(std::string_view model) const;
    /// The key, empty when none is needed. UpstreamAuth when the variable is not set or cannot be sent.
    Result<std::string> key() const;

    HttpClient& http_;
    Environment environment_;
    OpenAiConfig config_;
    HttpTimeouts timeouts_;
};

}  // namespace boternity::infra
