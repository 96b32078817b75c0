#pragma once

#include "core/llm/content.hpp"
#include "core/runs/step.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace boternity::core {

/// Appends what a run has said and done: each answer of the model with its calls, what the tools answered,
/// and what other runs wrote. Of the `left_out` oldest results of tools only their size is told. Steps that
/// have not ended say nothing. A pure function.
void append_steps(std::vector<PromptMessage>& messages, const std::vector<Step>& steps, std::size_t left_out);

/// How many results of tools there are to be left out.
std::size_t tool_results_in(const std::vector<Step>& steps) noexcept;

/// A message as the run that receives it is told it.
std::string text_of(const AgentMessage& message);
/// All of them, with a blank line between.
std::string text_of(const std::vector<AgentMessage>& messages);

/// All that a run said, in the order in which it did: its model's texts with a blank line between.
std::string said_in(const std::vector<Step>& steps);

/// Names all of a request but how its tools describe themselves: the same for the same request, else another;
/// as content_hash.
std::string request_hash(const std::vector<PromptMessage>& messages, const std::vector<std::string>& tools,
                         int max_output_tokens);

}  // namespace boternity::core
