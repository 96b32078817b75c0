#pragma once

#include "infra/llm/remote/remote_api.hpp"

#include <string_view>
#include <vector>

/// What every format of OpenAI's servers has in common.
namespace boternity::infra {

HttpHeaders openai_headers(std::string_view key);

/// The models at `{base_url}/models`, with their windows where a server tells them.
core::Task<Result<std::vector<core::ToldModel>>> list_openai_models(RemoteQuery query);

}  // namespace boternity::infra
