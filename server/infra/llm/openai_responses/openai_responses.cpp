#include "infra/llm/openai_responses/openai_responses.hpp"

#include "infra/llm/openai_responses/responses_request.hpp"
#include "infra/llm/openai_responses/responses_stream.hpp"

#include <utility>

namespace boternity::infra {
namespace {

constexpr RemoteTraits kTraits{.kind = "openai-responses",
                               .format = "OpenAI Responses",
                               .default_base_url = "https://api.openai.com/v1",
                               .address_advice = "usually ends in /v1"};

class OpenAiResponses final : public RemoteApi {
public:
    const RemoteTraits& traits() const noexcept override { return kTraits; }

    Result<RemoteCall> encode(const core::ModelRequest& request, const ModelFacts& facts) const override {
        BOT_TRY(body, encode_responses_request(request, facts));
        return RemoteCall{.path = "/responses", .body = std::move(body)};
    }

    std::unique_ptr<ReplyDecoder> decoder(std::string secret) const override {
        return std::make_unique<ResponsesStreamDecoder>(std::move(secret));
    }
};

}  // namespace

std::shared_ptr<const RemoteApi> make_openai_responses() {
    return std::make_shared<OpenAiResponses>();
}

}  // namespace boternity::infra
