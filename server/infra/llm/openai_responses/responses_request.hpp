#pragma once

#include "core/llm/model.hpp"
#include "infra/llm/catalog/model_catalog.hpp"
#include "types/result.hpp"

#include <string>
#include <string_view>

/// The Responses format of OpenAI (platform.openai.com/docs/api-reference/responses).
namespace boternity::infra {

/// Formats of the states that parts have here: a reasoning item as JSON text, the phase of a message.
inline constexpr std::string_view kResponsesReasoning = "responses";
inline constexpr std::string_view kResponsesPhase = "responses_phase";

/// The body of a streaming request that leaves nothing on the vendor's servers. Reasoning of other formats
/// is left out, what is ours goes back unchanged and in its place. The format has no stop strings: they are
/// left out, and a limit below the least that it takes is raised. InvalidArgument when a user's message is
/// empty or a schema is no object.
Result<std::string> encode_responses_request(const core::ModelRequest& request, const ModelFacts& facts);

}  // namespace boternity::infra
