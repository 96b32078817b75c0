#pragma once

#include "core/llm/model.hpp"
#include "infra/llm/catalog/model_catalog.hpp"
#include "types/result.hpp"

#include <string>
#include <string_view>

/// The Responses format of OpenAI (platform.openai.com/docs/api-reference/responses), without anything kept
/// by the server.
namespace boternity::infra {

/// The format of the state of a reasoning part: the whole item, which is wanted back unchanged.
inline constexpr std::string_view kResponsesReasoning = "responses";

/// The body of a streaming request. It has no word for stop strings: those of a request are left out.
/// InvalidArgument when a user's message is empty or a schema is no object.
Result<std::string> encode_responses_request(const core::ModelRequest& request, const ModelFacts& facts);

}  // namespace boternity::infra
