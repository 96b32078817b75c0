#pragma once

#include "infra/llm/remote/remote_api.hpp"

#include <memory>

namespace boternity::infra {

/// Kind "openai": any server that speaks Chat Completions at `{base_url}/chat/completions`.
std::shared_ptr<const RemoteApi> make_openai_chat();

}  // namespace boternity::infra
