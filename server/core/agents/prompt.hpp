#pragma once

#include "core/llm/model_directory.hpp"
#include "core/ports/run_journal.hpp"

#include <optional>
#include <string>
#include <vector>

namespace boternity::core {

/// The messages for the model when the oldest `dropped` are left out, first of `input.history`, then the
/// results of tools: the soul as system message, then the conversation beginning with a user message, then
/// what the run has done so far. Neighbours of one role (a turn that failed
/// has no answer) are one message with a blank line between, as many chat templates want roles to alternate.
/// A pure function of journaled inputs.
std::vector<PromptMessage> compose(const RunInput& input, std::size_t dropped);

struct Prompt {
    ModelRequest request{};
    std::optional<ContextCut> cut{};
    std::size_t dropped = 0;  ///< as in `compose`
};

/// How much text of a conversation can be of use to a model; 0 for one that is not known.
std::size_t history_bytes(const ModelDirectory& models, const std::string& model);

/// What is told of a prompt without the oldest `dropped` messages; nothing when no message is missing.
std::optional<ContextCut> cut_of(const RunInput& input, std::size_t dropped, const ModelCard& card);

/// The request without messages; its limit is what the bot wants of the answer and the model can. Tools are
/// for models that can call them.
ModelRequest request_for(const RunInput& input, const ModelCard& card);

/// Composes the request for the model, leaving out as few of the oldest messages as make it fit. `input`
/// outlives the call.
///
/// The rule: soul and newest message are never cut; a quarter of the window, or the answer's own limit if
/// that is less, is kept for the answer; the oldest messages go first, then the oldest results of tools.
/// Prompt and limit of the answer are never more than the window together; an estimate is taken for an eighth
/// more than it says. ContextTooLong when soul and newest message alone do not fit.
Task<Result<Prompt>> fit_prompt(const RunInput* input, ResolvedModel model, CallContext context);

}  // namespace boternity::core
