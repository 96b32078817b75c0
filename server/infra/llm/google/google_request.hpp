#pragma once

#include "core/llm/model.hpp"
#include "infra/llm/catalog/model_catalog.hpp"
#include "types/result.hpp"

#include <string>
#include <string_view>

/// The generateContent format of Google's Gemini API (ai.google.dev/api/generate-content), v1beta.
namespace boternity::infra {

/// The format of the states that parts have here: their thoughtSignature, empty for a thought without one.
inline constexpr std::string_view kGeminiSignature = "gemini";

/// The body of a request. Parts go back with the signatures they came with; reasoning of other formats is
/// left out. InvalidArgument when a user's message is empty or a schema is no object.
Result<std::string> encode_google_request(const core::ModelRequest& request, const ModelTraits& traits);

}  // namespace boternity::infra
