#include "infra/llm/remote/remote_factory.hpp"

#include "infra/llm/remote/remote_provider.hpp"

#include <utility>

namespace boternity::infra {
namespace {

class RemoteFactory final : public core::LlmProviderFactory {
public:
    RemoteFactory(RemoteNeeds needs, std::shared_ptr<const RemoteApi> api)
        : needs_(std::move(needs)), api_(std::move(api)) {}

    Result<std::shared_ptr<core::LlmProvider>> make(const core::ProviderConfig& config) const override {
        BOT_TRY(checked, check_remote_config(config, api_->traits()));
        return std::make_shared<RemoteProvider>(needs_, api_, std::move(checked));
    }

private:
    RemoteNeeds needs_;
    std::shared_ptr<const RemoteApi> api_;
};

}  // namespace

std::shared_ptr<const core::LlmProviderFactory> make_remote_factory(RemoteNeeds needs,
                                                                    std::shared_ptr<const RemoteApi> api) {
    return std::make_shared<RemoteFactory>(std::move(needs), std::move(api));
}

}  // namespace boternity::infra
