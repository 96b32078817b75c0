#pragma once

#include "core/llm/model.hpp"
#include "infra/llm/catalog/model_catalog.hpp"
#include "types/result.hpp"

#include <string>
#include <string_view>

/// The Messages format of Anthropic (platform.claude.com/docs/en/api/messages), version 2023-06-01.
namespace boternity::infra {

/// Formats of the states that reasoning has here: the signature of a thinking block, the data of a redacted
/// one.
inline constexpr std::string_view kAnthropicThinking = "anthropic_thinking";
inline constexpr std::string_view kAnthropicRedacted = "anthropic_redacted";

/// The body of a streaming request. Reasoning of other formats is left out, what is ours goes back unchanged
/// and in its place. InvalidArgument when a user's message is empty, a schema is no object, or the last
/// message is the assistant's and the model refuses that.
Result<std::string> encode_anthropic_request(const core::ModelRequest& request, const ModelTraits& traits);

}  // namespace boternity::infra
