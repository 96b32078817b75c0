#pragma once

#include "core/llm/model_directory.hpp"
#include "core/ports/log.hpp"
#include "core/runtime/pool.hpp"
#include "infra/llm/catalog/model_catalog.hpp"
#include "infra/net/http_client.hpp"

#include <chrono>
#include <filesystem>

namespace boternity::app {

/// What providers need of the server. All outlive them.
struct ProviderNeeds {
    infra::HttpClient& http;
    core::Pool& inference;
    core::Executor timers;
    core::Log& log;
    const infra::ModelCatalog& catalog;
    std::chrono::seconds silence;  ///< how long a provider may say nothing
};

/// Every kind of provider there is, and the built-in ones. `model_folder` holds the files of the local
/// models; one that is missing is told when it is used.
void add_llm_providers(core::ModelDirectory& models, ProviderNeeds needs,
                       const std::filesystem::path& model_folder);

}  // namespace boternity::app
