#pragma once

#include "infra/llm/remote/remote_api.hpp"

#include <memory>

namespace boternity::infra {

/// Kind "ollama": Ollama's own chat at `{base_url}/api/chat`, which unlike its imitation of Chat Completions
/// can be told the window.
std::shared_ptr<const RemoteApi> make_ollama();

}  // namespace boternity::infra
