#include "core/llm/model_bench.hpp"

#include <chrono>
#include <memory>
#include <utility>
#include <variant>

namespace boternity::core {
namespace {

using Seconds = std::chrono::duration<double>;

constexpr int kPromptSentences = 24;
constexpr int kOutputTokens = 64;

ModelRequest request_for(std::string model) {
    std::string text = "Write a long story about this:\n";
    for (int i = 0; i < kPromptSentences; ++i)
        text += "A gardener walks through the rain and counts the trees. ";
    ModelRequest request{.model = std::move(model), .temperature = 0.0, .max_output_tokens = kOutputTokens};
    request.messages.push_back(PromptMessage::of(PromptMessage::Role::User, std::move(text)));
    return request;
}

double rate(int tokens, Seconds time) {
    return tokens <= 0 || time.count() <= 0 ? 0 : tokens / time.count();
}

Task<Result<ModelSpeed>> measure(std::shared_ptr<LlmProvider> provider, ModelRequest request,
                                 const Clock* clock, CallContext context) {
    const auto begun = clock->steady();
    auto first = begun;
    bool has_begun = false;
    auto opening = provider->open(std::move(request), std::move(context));
    BOT_CO_TRY(stream, co_await std::move(opening));
    for (;;) {
        BOT_CO_TRY(piece, co_await stream->next());
        if (!has_begun) first = clock->steady();
        has_begun = true;
        const auto* end = std::get_if<ReplyEnd>(&piece);
        if (end == nullptr) continue;
        const Usage usage = end->usage.value_or(Usage{});
        const Seconds reading = first - begun;
        const Seconds writing = clock->steady() - first;
        co_return ModelSpeed{.input_tokens = usage.input_tokens,
                             .output_tokens = usage.output_tokens,
                             .first_token_seconds = reading.count(),
                             .input_tokens_a_second = rate(usage.input_tokens, reading),
                             .output_tokens_a_second = rate(usage.output_tokens - 1, writing)};
    }
}

}  // namespace

Task<Result<ModelSpeed>> measure_model(const ModelDirectory* models, const Clock* clock, std::string model,
                                       CallContext context) {
    BOT_CO_TRY(resolved, models->resolve(model));
    // Loading is no part of how fast it is.
    auto warming = measure(resolved.provider, request_for(resolved.card.name), clock, context);
    BOT_CO_TRY(warm, co_await std::move(warming));
    static_cast<void>(warm);
    auto measuring = measure(resolved.provider, request_for(resolved.card.name), clock, std::move(context));
    BOT_CO_TRY(speed, co_await std::move(measuring));
    speed.model = std::move(model);
    co_return speed;
}

}  // namespace boternity::core
