#pragma once

#include "core/llm/model.hpp"
#include "infra/llm/wire/chat_completions.hpp"

#include <optional>
#include <string_view>

namespace boternity::infra {

/// What is known of a model from its name alone.
struct ModelFacts {
    core::ModelCard card{};
    ChatDialect dialect{};
};

/// The facts of the longest known beginning of the name (after the last slash, as routers write them); a
/// careful default for names nobody has heard of. `window_tokens` is the window where a person stated it.
ModelFacts facts_of(std::string_view model, std::optional<int> window_tokens = {});

}  // namespace boternity::infra
