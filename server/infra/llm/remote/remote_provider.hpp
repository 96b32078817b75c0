#pragma once

#include "core/ports/llm_provider.hpp"
#include "infra/llm/catalog/model_catalog.hpp"
#include "infra/llm/remote/remote_api.hpp"
#include "infra/llm/remote/remote_config.hpp"
#include "infra/llm/remote/remote_factory.hpp"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace boternity::infra {

/// One configured server that is reached over HTTP. Errors and threads as LlmProvider; nothing is shared
/// between calls but the connections of the HTTP client.
class RemoteProvider final : public core::LlmProvider {
public:
    RemoteProvider(RemoteNeeds needs, std::shared_ptr<const RemoteApi> api, RemoteConfig config);

    std::vector<core::ModelCard> cards() const override;
    std::optional<core::ModelCard> card_of(std::string_view model) const override;
    core::Task<Result<core::ToldModels>> list(core::CallContext context) override;
    /// An estimate: the server's tokenizer is not to be had.
    core::Task<Result<int>> count_tokens(core::ModelRequest request, core::CallContext context) override;
    core::Task<Result<std::unique_ptr<core::ReplyStream>>> open(core::ModelRequest request,
                                                                core::CallContext context) override;

private:
    ModelFacts facts_of(const std::string& model, const core::ToldModel* told) const;
    Result<ModelFacts> find(const std::string& model) const;
    /// The key, empty when none is needed. UpstreamAuth when the variable is not set or cannot be sent.
    Result<std::string> key() const;

    RemoteNeeds needs_;
    std::shared_ptr<const RemoteApi> api_;
    RemoteConfig config_;
    std::map<std::string, ModelFacts, std::less<>> facts_;  ///< of each model: asked for at every turn
};

}  // namespace boternity::infra
