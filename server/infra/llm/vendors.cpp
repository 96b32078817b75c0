#include "infra/llm/vendors.hpp"

#include "infra/llm/anthropic/anthropic_api.hpp"
#include "infra/llm/google/google_api.hpp"
#include "infra/llm/ollama/ollama_api.hpp"
#include "infra/llm/openai/openai_chat.hpp"
#include "infra/llm/openai_responses/openai_responses.hpp"

namespace boternity::infra {

const std::vector<std::shared_ptr<const RemoteApi>>& remote_apis() {
    static const std::vector<std::shared_ptr<const RemoteApi>> all{
        make_openai_chat(), make_openai_responses(), make_anthropic(), make_google(), make_ollama()};
    return all;
}

const RemoteApi* remote_api(std::string_view kind) {
    for (const auto& api : remote_apis())
        if (api->traits().kind == kind) return api.get();
    return nullptr;
}

}  // namespace boternity::infra
