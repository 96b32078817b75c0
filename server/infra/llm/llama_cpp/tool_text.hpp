#pragma once

#include "core/llm/model.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace boternity::infra::llm {

/// How a call stands in a text: as Hermes and Qwen write it, and as any model can be told to.
inline constexpr std::string_view kCallOpens = "<tool_call>\n";
inline constexpr std::string_view kCallCloses = "\n</tool_call>";

/// Whether a call is shown in an example before the conversation: for models that were not taught to call.
enum class Examples { None, Shown };

/// The conversation with texts only: tools, an answer's schema, calls and results as a model without markup
/// of its own for them is told. Without any of those, the messages as they are.
std::vector<core::PromptMessage> told_as_text(const core::ModelRequest& request, Examples examples);

/// Finds the calls in an answer while it is written.
///
/// Threads  one.
class CallReader {
public:
    /// Texts and whole calls. What may yet become a call is kept back.
    std::vector<core::ReplyPiece> add(std::string_view text);

    /// What was kept back, as text; of a call that was forced and cut, nothing.
    std::vector<core::ReplyPiece> finish();

    int calls() const noexcept { return calls_; }

private:
    std::optional<core::ToolCallPiece> call_of(std::string_view json);

    std::string kept_;
    int calls_ = 0;
};

}  // namespace boternity::infra::llm
