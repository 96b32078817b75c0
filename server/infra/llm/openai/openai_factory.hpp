#pragma once

#include "core/ports/llm_provider.hpp"
#include "infra/net/http_client.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace boternity::infra {

/// Reads a variable of the server's environment. Called from any strand at the time of a call; must not
/// block.
using Environment = std::function<std::optional<std::string>(std::string_view name)>;

/// Kind "openai": any server that speaks Chat Completions at `{base_url}/chat/completions`.
///
/// `make` checks the configuration and sends nothing. The key is a reference, env:NAME, and is read anew at
/// each call; it is in no error, log or exception. `http` outlives the providers and their streams.
/// `timeouts` say how long a server may be silent before its answer counts as failed.
std::shared_ptr<const core::LlmProviderFactory> make_openai_factory(HttpClient& http, Environment environment,
                                                                    HttpTimeouts timeouts = {});

}  // namespace boternity::infra
