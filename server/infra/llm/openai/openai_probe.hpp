#pragma once

#include "core/ports/provider_probe.hpp"
#include "infra/llm/remote/remote_factory.hpp"
#include "infra/net/http_client.hpp"

#include <memory>

namespace boternity::infra {

/// Asks a server that speaks Chat Completions for its list of models (`{base_url}/models`), which costs
/// nothing. A server that has no such list (404, 405) is there all the same.
std::unique_ptr<core::ProviderProbe> make_openai_probe(HttpClient& http, Environment environment);

}  // namespace boternity::infra
