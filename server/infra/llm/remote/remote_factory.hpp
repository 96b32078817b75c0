#pragma once

#include "core/ports/llm_provider.hpp"
#include "infra/llm/catalog/model_catalog.hpp"
#include "infra/llm/remote/remote_api.hpp"
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

/// What all providers reached over HTTP share. The referred ones outlive the providers and their streams.
struct RemoteNeeds {
    HttpClient& http;
    Environment environment;
    HttpTimeouts timeouts{};  ///< how long a server may be silent before its answer counts as failed
    const ModelCatalog& catalog = ModelCatalog::built_in();
};

/// Providers of one vendor's API.
///
/// `make` checks the configuration and sends nothing. The key is a reference, env:NAME, and is read anew at
/// each call; it is in no error, log or exception.
std::shared_ptr<const core::LlmProviderFactory> make_remote_factory(RemoteNeeds needs,
                                                                    std::shared_ptr<const RemoteApi> api);

}  // namespace boternity::infra
