#pragma once

#include "infra/llm/remote/remote_api.hpp"

#include <memory>

namespace boternity::infra {

/// Kind "openai-responses": the Responses API at `{base_url}/responses`.
std::shared_ptr<const RemoteApi> make_openai_responses();

}  // namespace boternity::infra
