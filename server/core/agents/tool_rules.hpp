#pragma once

#include "core/agents/toolbox.hpp"
#include "core/llm/content.hpp"
#include "core/llm/model.hpp"
#include "core/runs/step.hpp"
#include "types/result.hpp"

#include <cstddef>
#include <set>
#include <string>
#include <string_view>
#include <vector>

/// The rules by which a model's calls become steps, and results become what it is told.
namespace boternity::core {

/// What one answer of a model may call at once; the rest is told to have been too many.
inline constexpr std::size_t kMaxCallsAtOnce = 32;

/// The call as a step is given it: with its tool's own name, if it may be called.
ToolInput input_of(const ToolCall& call, const ToolEntry* entry);

/// The calls' ids are made different from each other and from all of earlier steps: some models give none, or
/// the same again. `position` is that of the model call.
void make_ids_unique(ModelOutput& output, const std::vector<Step>& before, int position);

/// WrongState when there are tools granted and the model calls none; `model` is its whole name.
Status check_calls_tools(const std::vector<std::string>& grants, std::string_view model,
                         const ModelCard& card);

/// How many bytes of a result a model with such a window is told.
std::size_t result_limit(int window_tokens) noexcept;

/// A result as it is told: beyond the limit its first three quarters and its last quarter stand, cut between
/// characters, with a line between them that says how much is missing. Bytes that are not UTF-8 are replaced.
ToolOutput told_result(std::string text, bool failed, std::size_t limit);

/// What a model is told of a tool that is not there for it.
Error no_such_tool(std::string_view name, const std::vector<const ToolEntry*>& granted);

/// Names a call for the person who decides on it: the tool and its exact arguments.
std::string hash_of_call(const ToolInput& call);

}  // namespace boternity::core
