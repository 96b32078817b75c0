#pragma once

#include "infra/llm/remote/remote_api.hpp"

#include <memory>

namespace boternity::infra {

/// Kind "google": the Gemini API at `{base_url}/models/MODEL:streamGenerateContent`.
std::shared_ptr<const RemoteApi> make_google();

}  // namespace boternity::infra
