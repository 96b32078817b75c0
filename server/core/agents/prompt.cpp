#include "core/agents/prompt.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace boternity::core {
namespace {

constexpr int kDefaultOutputTokens = 1'024;
// What a chat template adds to a message, at most.
constexpr int kTemplateTokensPerMessage = 16;

int most_tokens(const std::vector<PromptMessage>& messages) {
    std::size_t bytes = 0;
    for (const auto& message : messages) bytes += message.text.size() + kTemplateTokensPerMessage;
    return static_cast<int>(std::min<std::size_t>(bytes, 1'000'000'000));
}

/// Counts only when the messages might not fit: no tokenizer makes more tokens than bytes.
Task<Result<int>> tokens_of(ModelRequest request, int room, std::shared_ptr<LlmProvider> provider,
                            CallContext context) {
    const int most = most_tokens(request.messages);
    if (most <= room) co_return most;
    co_return co_await provider->count_tokens(std::move(request), std::move(context));
}

ModelRequest request_for(const Run& run, const ModelCard& card) {
    const int wanted = run.settings.max_output_tokens.value_or(kDefaultOutputTokens);
    return {.model = card.name,
            .temperature = run.settings.temperature,
            .max_output_tokens = std::min(wanted, card.max_output_tokens),
            .cache_key = run.session.text()};
}

}  // namespace

std::vector<PromptMessage> compose(const TurnInput& input, std::size_t dropped) {
    std::vector<PromptMessage> messages;
    messages.reserve(input.history.size() + 2 - std::min(dropped, input.history.size()));
    if (!input.soul.empty()) messages.push_back({.role = PromptMessage::Role::System, .text = input.soul});
    bool begun = false;
    for (std::size_t i = dropped; i < input.history.size(); ++i) {
        const Message& said = input.history[i];
        begun = begun || said.role == Role::User;
        if (!begun || said.text.empty()) continue;
        messages.push_back(
            {.role = said.role == Role::User ? PromptMessage::Role::User : PromptMessage::Role::Assistant,
             .text = said.text});
    }
    messages.push_back({.role = PromptMessage::Role::User, .text = input.message.text});
    return messages;
}

Task<Result<Prompt>> fit_prompt(TurnInput input, ResolvedModel model, CallContext context) {
    Prompt prompt{.request = request_for(input.run, model.card)};
    const int window = model.card.window_tokens;
    const int room = window - std::min(prompt.request.max_output_tokens, window / 4);
    const std::size_t all = input.history.size();

    // Bisection for the fewest dropped messages that fit: fewer than `low` do not, `high` do.
    std::size_t low = 0;
    std::size_t high = all;
    for (std::size_t dropped = 0;;) {
        prompt.request.messages = compose(input, dropped);
        BOT_CO_TRY(tokens, co_await tokens_of(prompt.request, room, model.provider, context));
        prompt.input_tokens = tokens;
        if (tokens <= room) {
            high = dropped;
        } else if (dropped == all) {
            co_return fail(ErrorCode::ContextTooLong,
                           fmt::format("The soul and this message need {} tokens, but {} has room for {}. "
                                       "Shorten one of them or give the bot a model with a larger window.",
                                       tokens, model.card.name, room));
        } else {
            low = dropped + 1;
        }
        if (low >= high && dropped == high && tokens <= room) break;
        dropped = low + (high - low) / 2;
    }
    const auto kept = static_cast<int>(all - high);
    if (kept < input.history_total) {
        prompt.cut = ContextCut{
            .dropped_messages = input.history_total - kept, .kept_messages = kept, .window_tokens = window};
    }
    co_return prompt;
}

}  // namespace boternity::core
