#pragma once

#include "infra/llm/remote/remote_api.hpp"

#include <memory>

namespace boternity::infra {

/// Kind "anthropic": the Messages API at `{base_url}/v1/messages`, by Anthropic and by servers that speak it.
std::shared_ptr<const RemoteApi> make_anthropic();

}  // namespace boternity::infra
