#include "infra/llm/openai/openai_chat.hpp"

#include "infra/llm/wire/chat_completions.hpp"

#include <utility>

namespace boternity::infra {
namespace {

constexpr RemoteTraits kTraits{.kind = "openai",
                               .format = "Chat Completions",
                               .default_base_url = "",
                               .address_advice = "usually ends in /v1"};

class OpenAiChat final : public RemoteApi {
public:
    const RemoteTraits& traits() const noexcept override { return kTraits; }

    Result<RemoteCall> encode(const core::ModelRequest& request, const ModelFacts& facts) const override {
        const ModelTraits& traits = facts.traits;
        const ChatDialect dialect{.completion_limit = traits.completion_limit,
                                  .sampling = traits.sampling,
                                  .effort = traits.thinking == ModelTraits::Thinking::Level,
                                  .thinking_off = traits.thinking_off,
                                  .forced_tools = traits.forced_tools};
        BOT_TRY(body, encode_chat_request(request, dialect));
        return RemoteCall{.path = "/chat/completions", .body = std::move(body)};
    }

    std::unique_ptr<ReplyDecoder> decoder(std::string secret) const override {
        return std::make_unique<ChatStreamDecoder>(std::move(secret));
    }
};

}  // namespace

std::shared_ptr<const RemoteApi> make_openai_chat() {
    return std::make_shared<OpenAiChat>();
}

}  // namespace boternity::infra
