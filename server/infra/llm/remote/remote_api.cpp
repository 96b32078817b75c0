#include "infra/llm/remote/remote_api.hpp"

#include "infra/llm/wire/model_list.hpp"
#include "infra/llm/wire/upstream_error.hpp"

namespace boternity::infra {

HttpHeaders RemoteApi::headers(std::string_view key) const {
    if (key.empty()) return {};
    return {{"Authorization", "Bearer " + std::string(key)}};
}

Error RemoteApi::error(const HttpHead& head, std::string_view body, std::string_view secret) const {
    return upstream_error(head, body, secret);
}

core::Task<Result<std::vector<core::ToldModel>>> RemoteApi::list(RemoteQuery query) const {
    auto asking = query("/models", "");
    BOT_CO_TRY(answer, co_await std::move(asking));
    co_return models_in_list(answer);
}

}  // namespace boternity::infra
