#pragma once

#include "core/llm/model_directory.hpp"
#include "core/ports/run_journal.hpp"

#include <optional>
#include <string>
#include <vector>

namespace boternity::core {

/// The messages for the model when the oldest `dropped` of `input.history` are left out: the soul as system
/// message, then the conversation beginning with a user message. A pure function of journaled inputs.
std::vector<PromptMessage> compose(const TurnInput& input, std::size_t dropped);

struct Prompt {
    ModelRequest request{};
    std::optional<ContextCut> cut{};
    int input_tokens = 0;  ///< at most these; as the provider counts when it was near the limit
};

/// Composes the request for the model, leaving out as few of the oldest messages as make it fit.
///
/// The rule: soul and newest message are never cut; a quarter of the window, or the answer's own limit if
/// that is less, is kept for the answer; the oldest messages go first. ContextTooLong when soul and newest
/// message alone do not fit.
Task<Result<Prompt>> fit_prompt(TurnInput input, ResolvedModel model, CallContext context);

}  // namespace boternity::core
