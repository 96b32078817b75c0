#include "core/agents/prompt.hpp"

#include "core/agents/conversation.hpp"
#include "core/agents/prompt_files.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace boternity::core {
namespace {

// What a chat template adds to a message, at most.
constexpr int kTemplateTokensPerMessage = 16;
constexpr int kTemplateTokensPerTool = 64;
// Estimates may be too low by a tenth.
constexpr int kEstimateMargin = 8;
// Longer than any history a model can take; the cut by tokens comes after.
constexpr std::size_t kBytesPerToken = 8;

// Of one image or page: what the dearest vendor takes for the largest, and more.
constexpr std::size_t kMostMediaTokens = 10'000;

using PromptRole = PromptMessage::Role;

struct MostTokens {
    std::size_t operator()(const TextPart& part) const { return part.text.size(); }
    std::size_t operator()(const MediaPart& part) const {
        return std::max(part.data().size(), kMostMediaTokens);
    }
    std::size_t operator()(const ReasoningPart& part) const {
        return part.text.size() + part.state.data.size();
    }
    std::size_t operator()(const ToolCall& part) const {
        return part.name.size() + part.arguments.size() + kTemplateTokensPerMessage;
    }
    std::size_t operator()(const ToolResult& part) const {
        return part.text.size() + kTemplateTokensPerMessage;
    }
};

/// No tokenizer makes more tokens than bytes, but a small image may be many.
int most_tokens(const ModelRequest& request) {
    std::size_t bytes = 0;
    for (const auto& message : request.messages) {
        bytes += kTemplateTokensPerMessage;
        for (const auto& part : message.parts) bytes += std::visit(MostTokens{}, part);
    }
    for (const auto& tool : request.tools)
        bytes += tool.name.size() + tool.description.size() + tool.parameters.size() + kTemplateTokensPerTool;
    return static_cast<int>(std::min<std::size_t>(bytes, 1'000'000'000));
}

/// As the provider counts, and more where it estimates.
Task<Result<int>> count(ModelRequest request, int most, ResolvedModel model, CallContext context) {
    BOT_CO_TRY(counted, co_await model.provider->count_tokens(std::move(request), std::move(context)));
    if (model.card.counts_exactly) co_return counted;
    const int estimate = std::min(counted, most);
    co_return std::min(estimate + estimate / kEstimateMargin, most);
}

void append(std::vector<PromptMessage>& messages, PromptRole role, const std::string& text) {
    if (messages.empty() || messages.back().role != role) {
        messages.push_back(PromptMessage::of(role, text));
        return;
    }
    auto* before = messages.back().empty() ? nullptr : std::get_if<TextPart>(&messages.back().parts.back());
    if (before != nullptr) {
        before->text += "\n\n" + text;
    } else {
        messages.back().parts.emplace_back(TextPart{.text = text});
    }
}

/// What a person said, with the files that came with it before the words.
void append_said(std::vector<PromptMessage>& messages, const RunInput& input, const Message& said) {
    if (said.attachments.empty()) return append(messages, PromptRole::User, said.text);
    AttachedParts attached = attached_parts(input, said);
    if (!attached.media.empty()) {
        if (messages.empty() || messages.back().role != PromptRole::User)
            messages.push_back({.role = PromptRole::User});
        for (MediaPart& media : attached.media) messages.back().parts.emplace_back(std::move(media));
    }
    append(messages, PromptRole::User, attached.text + said.text);
}

}  // namespace

std::vector<PromptMessage> compose(const RunInput& input, std::size_t dropped) {
    std::vector<PromptMessage> messages;
    messages.reserve(input.history.size() + 2 - std::min(dropped, input.history.size()));
    if (!input.soul.empty()) append(messages, PromptRole::System, input.soul);
    bool begun = false;
    for (std::size_t i = dropped; i < input.history.size(); ++i) {
        const Message& said = input.history[i];
        begun = begun || said.role == Role::User;
        if (!begun || said.text.empty()) continue;
        if (said.role == Role::User)
            append_said(messages, input, said);
        else
            append(messages, PromptRole::Assistant, said.text);
    }
    append_said(messages, input, input.message);
    append_steps(messages, input.steps, dropped - std::min(dropped, input.history.size()));
    return messages;
}

std::size_t history_bytes(const ModelDirectory& models, const std::string& model) {
    const auto known = models.resolve(model);
    return known ? static_cast<std::size_t>(known->card.window_tokens) * kBytesPerToken : 0;
}

std::optional<ContextCut> cut_of(const RunInput& input, std::size_t dropped, const ModelCard& card) {
    const auto kept = static_cast<int>(input.history.size() - std::min(dropped, input.history.size()));
    if (kept >= input.history_total) return std::nullopt;
    return ContextCut{.dropped_messages = input.history_total - kept,
                      .kept_messages = kept,
                      .window_tokens = card.window_tokens};
}

ModelRequest request_for(const RunInput& input, const ModelCard& card) {
    const Run& run = input.run;
    const int wanted = run.settings.max_output_tokens.value_or(card.default_output_tokens);
    return {.model = card.name,
            .tools = card.tools ? input.offers : std::vector<ToolOffer>{},
            .temperature = run.settings.temperature,
            .max_output_tokens = std::min(wanted, card.max_output_tokens),
            .cache_key = run.session.text()};
}

Task<Result<Prompt>> fit_prompt(const RunInput* input, ResolvedModel model, CallContext context) {
    Prompt prompt{.request = request_for(*input, model.card)};
    const int window = model.card.window_tokens;
    const int wanted = prompt.request.max_output_tokens;
    const int room = window - std::min(wanted, window / 4);
    const std::size_t all = input->history.size() + tool_results_in(input->steps);

    // Bisection for the fewest dropped that fit: fewer than `low` do not, `high` do.
    std::size_t low = 0;
    std::size_t high = all;
    for (std::size_t dropped = 0;;) {
        prompt.request.messages = compose(*input, dropped);
        int tokens = most_tokens(prompt.request);
        if (tokens > window - wanted) {  // else both fit for certain
            BOT_CO_TRY(counted, co_await count(prompt.request, tokens, model, context));
            tokens = counted;
        }
        prompt.request.max_output_tokens = std::max(1, std::min(wanted, window - tokens));
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
    prompt.dropped = high;
    prompt.cut = cut_of(*input, high, model.card);
    co_return prompt;
}

}  // namespace boternity::core
