#include "core/agents/ask_model.hpp"

#include "core/agents/conversation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace boternity::core {
namespace {

// What the window is divided by after each refusal: little for an estimate that was too low, more and more
// for a model whose window nobody knows.
constexpr std::array kShrink{2, 4, 8};
// Kept for the answer when even the newest message hardly fits.
constexpr int kLeastAnswerTokens = 256;
constexpr std::size_t kBytesPerToken = 4;

int tokens_for(std::size_t bytes) {
    constexpr std::size_t kMost = 1'000'000'000;
    return static_cast<int>(std::min((bytes + kBytesPerToken - 1) / kBytesPerToken, kMost));
}

/// How many tokens the messages have, by the provider's count or by their size. Not for a stop request to
/// end: what a cancelled call used is still to be told.
Task<int> tokens_of(const RunInput* input, std::size_t dropped, ResolvedModel model, Deadline deadline) {
    ModelRequest request{.model = model.card.name, .messages = compose(*input, dropped)};
    std::size_t bytes = 0;
    for (const auto& message : request.messages) bytes += message.text().size();
    CallContext context{.deadline = deadline};
    auto counted = co_await model.provider->count_tokens(std::move(request), std::move(context));
    co_return counted ? *counted : tokens_for(bytes);
}

std::string hash_of(const ModelRequest& request) {
    std::vector<std::string> tools;
    for (const auto& tool : request.tools) tools.push_back(tool.name);
    return request_hash(request.messages, tools, request.max_output_tokens);
}

/// Soul and newest message with a short answer.
Prompt least_prompt(const RunInput& input, const ModelCard& card) {
    const std::size_t all = input.history.size() + tool_results_in(input.steps);
    Prompt prompt{.request = request_for(input, card), .cut = cut_of(input, all, card), .dropped = all};
    prompt.request.messages = compose(input, all);
    prompt.request.max_output_tokens = std::min(prompt.request.max_output_tokens, kLeastAnswerTokens);
    return prompt;
}

}  // namespace

Task<Asked> ask_model(const RunInput* input, ResolvedModel model, CallContext context) {
    Asked asked;
    bool last = false;
    for (std::size_t refusals = 0;; ++refusals) {
        auto prompt = co_await fit_prompt(input, model, context);
        if (!prompt && refusals > 0 && prompt.error().code == ErrorCode::ContextTooLong) {
            // Too long for a window that is a guess: the provider shall say it.
            prompt = least_prompt(*input, model.card);
            last = true;
        }
        if (!prompt) {
            asked.stream = fail(std::move(prompt).error());
            co_return asked;
        }
        asked.cut = prompt->cut;
        asked.dropped = prompt->dropped;
        asked.max_output_tokens = prompt->request.max_output_tokens;
        asked.messages = static_cast<int>(prompt->request.messages.size());
        asked.request_hash = hash_of(prompt->request);
        asked.stream = co_await model.provider->open(std::move(prompt->request), context);
        last = last || refusals == kShrink.size();
        if (asked.stream || asked.stream.error().code != ErrorCode::ContextTooLong || last) co_return asked;
        const int sent = co_await tokens_of(input, asked.dropped, model, context.deadline);
        model.card.window_tokens = (sent + asked.max_output_tokens) / kShrink[refusals];
    }
}

Task<Usage> estimate_usage(const RunInput* input, std::size_t dropped, ResolvedModel model,
                           std::size_t answer_bytes, Deadline deadline) {
    const int read = co_await tokens_of(input, dropped, std::move(model), deadline);
    co_return Usage{.input_tokens = read, .output_tokens = tokens_for(answer_bytes), .estimated = true};
}

std::optional<Error> fault_of(const ModelOutput& answer, int max_output_tokens, const std::string& why) {
    const bool calls = std::ranges::any_of(
        answer.parts, [](const MessagePart& part) { return std::holds_alternative<ToolCall>(part); });
    if (calls || answer.says_something()) return std::nullopt;
    if (answer.stop_reason == StopReason::Refused) {
        const std::string said = why.empty() ? "" : fmt::format(" It says: {}", why);
        return Error{.code = ErrorCode::UpstreamRefused,
                     .message = "The provider will not answer this; say it in other words." + said};
    }
    if (answer.stop_reason != StopReason::Length) return std::nullopt;
    return Error{.code = ErrorCode::UpstreamFailed,
                 .message = fmt::format("The model used up its {} output tokens, in which it also reasons, "
                                        "before it said anything; raise the bot's max_output_tokens.",
                                        max_output_tokens)};
}

}  // namespace boternity::core
