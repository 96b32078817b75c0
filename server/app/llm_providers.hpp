#pragma once

#include "core/llm/model_directory.hpp"
#include "core/ports/embedder.hpp"
#include "core/ports/log.hpp"
#include "core/ports/model_files.hpp"
#include "core/runtime/pool.hpp"
#include "infra/llm/catalog/model_catalog.hpp"
#include "infra/llm/model_files/package_index.hpp"
#include "infra/net/http_client.hpp"

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace boternity::app {

/// What providers need of the server. All outlive them.
struct ProviderNeeds {
    infra::HttpClient& http;
    core::Pool& inference;
    core::Executor timers;
    core::Log& log;
    const infra::ModelCatalog& catalog;
    std::chrono::seconds silence;  ///< how long a provider may say nothing
    core::Pool& files;             ///< where files are read and written
    core::Clock& clock;
    infra::llm::PackageIndexes indexes;  ///< where models are pulled from
    std::string model_memory;  ///< what the models in this process may take together; empty: by themselves
};

/// What runs in this process, besides what a bot talks to.
struct LocalAdapters {
    std::shared_ptr<core::ModelFiles> files;
    std::shared_ptr<core::Embedder> embedder;
};

/// Every kind of provider there is, and the built-in ones. `model_folders` hold the files of the local
/// models, the first the default model's, the last those that are added here; if that is missing it is told
/// when it is used. Reads the heads of the files.
///
/// Returns what else the local models can: shared with `models`, and to be gone before `inference`
/// ends.
LocalAdapters add_llm_providers(core::ModelDirectory& models, ProviderNeeds needs,
                                const std::vector<std::filesystem::path>& model_folders);

}  // namespace boternity::app
