#pragma once

#include "core/llm/model.hpp"
#include "infra/llm/catalog/model_catalog.hpp"
#include "types/result.hpp"

#include <string>
#include <string_view>

/// Ollama's own chat format (github.com/ollama/ollama/blob/main/docs/api.md).
namespace boternity::infra {

/// The format of the state of reasoning that came from here; it has no data.
inline constexpr std::string_view kOllamaThinking = "ollama";

/// The body of a streaming request. The window is stated with each, and a prompt that does not fit is refused
/// instead of being cut silently. InvalidArgument when a user's message is empty, a schema is no object, or a
/// document is no text: the format has no place for others.
Result<std::string> encode_ollama_request(const core::ModelRequest& request, const ModelFacts& facts);

}  // namespace boternity::infra
