#pragma once

#include "core/agents/prompt.hpp"

#include <cstddef>
#include <memory>
#include <optional>
#include <string>

namespace boternity::core {

/// A model that answers, or why it does not; and what it was asked.
struct Asked {
    Result<std::unique_ptr<ReplyStream>> stream{};
    std::optional<ContextCut> cut{};
    std::size_t dropped = 0;  ///< as in `compose`
    int max_output_tokens = 0;
    int messages = 0;            ///< in the prompt
    std::string request_hash{};  ///< of what was sent
};

/// Fits the prompt to the model's window and opens the reply. `input` outlives the call.
///
/// A window may be smaller than we think: when the provider says that the prompt is too long, less and less
/// of the history is sent, four times in all.
Task<Asked> ask_model(const RunInput* input, ResolvedModel model, CallContext context);

/// What a call used of which the provider did not tell, e.g. because it was cancelled. `input` outlives the
/// call.
Task<Usage> estimate_usage(const RunInput* input, std::size_t dropped, ResolvedModel model,
                           std::size_t answer_bytes, Deadline deadline);

/// Why an answer that has ended is none: reasoning may use up all of its tokens before the first word, or the
/// provider may not give it. `why` is what it says of that, and may be empty.
std::optional<Error> fault_of(const ModelOutput& answer, int max_output_tokens, const std::string& why);

}  // namespace boternity::core
