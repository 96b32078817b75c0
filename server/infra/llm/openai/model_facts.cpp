#include "infra/llm/openai/model_facts.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

namespace boternity::infra {
namespace {

enum class Style {
    Plain,      ///< max_tokens, free temperature
    Reasoning,  ///< max_completion_tokens, no temperature
};

struct Row {
    std::string_view beginning;
    int window;      ///< input and output together
    int max_output;  ///< of one answer
    bool images;
    Style style;
};

/// List values of November 2026. A wrong window costs an error of the provider, not an answer.
constexpr std::array kKnown{
    Row{"gpt-6", 1'050'000, 128'000, true, Style::Reasoning},
    Row{"gpt-5.6", 1'050'000, 128'000, true, Style::Reasoning},
    Row{"gpt-5.5", 1'050'000, 128'000, true, Style::Reasoning},
    Row{"gpt-5.4", 1'050'000, 128'000, true, Style::Reasoning},
    Row{"gpt-5.4-mini", 400'000, 128'000, true, Style::Reasoning},
    Row{"gpt-5.4-nano", 400'000, 128'000, true, Style::Reasoning},
    Row{"gpt-5", 400'000, 128'000, true, Style::Reasoning},
    Row{"o1", 200'000, 100'000, true, Style::Reasoning},
    Row{"o3", 200'000, 100'000, true, Style::Reasoning},
    Row{"o4", 200'000, 100'000, true, Style::Reasoning},
    Row{"gpt-4.1", 1'047'576, 32'768, true, Style::Plain},
    Row{"gpt-4o", 128'000, 16'384, true, Style::Plain},
    Row{"gpt-4", 8'192, 4'096, false, Style::Plain},
    Row{"gpt-4-turbo", 128'000, 4'096, true, Style::Plain},
    Row{"gpt-3.5-turbo", 16'385, 4'096, false, Style::Plain},
    Row{"claude-", 200'000, 64'000, true, Style::Plain},
    Row{"gemini-", 1'048'576, 65'536, true, Style::Plain},
};

// A hidden chain of thought counts as output: the usual limit is used up before the first word.
constexpr int kReasoningOutput = 16'384;

constexpr Row kUnknown{"", 128'000, 4'096, false, Style::Plain};

}  // namespace

ModelFacts facts_of(std::string_view model, std::optional<int> window_tokens) {
    const std::string_view name = model.substr(model.rfind('/') + 1);
    const Row* best = &kUnknown;
    for (const Row& row : kKnown) {
        if (name.starts_with(row.beginning) && row.beginning.size() > best->beginning.size()) best = &row;
    }
    const bool reasoning = best->style == Style::Reasoning;
    core::ModelCard card{.name = std::string(model),
                         .window_tokens = window_tokens.value_or(best->window),
                         .max_output_tokens = best->max_output,
                         .tools = true,
                         .images = best->images};
    card.max_output_tokens = std::min(card.max_output_tokens, card.window_tokens);
    if (reasoning) card.default_output_tokens = std::min(kReasoningOutput, card.max_output_tokens);
    return {.card = std::move(card),
            .dialect = {.limit = reasoning ? ChatDialect::Limit::MaxCompletionTokens
                                           : ChatDialect::Limit::MaxTokens,
                        .sampling = reasoning ? ChatDialect::Sampling::Fixed : ChatDialect::Sampling::Free}};
}

}  // namespace boternity::infra
