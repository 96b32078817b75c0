#pragma once

#include "core/llm/model_directory.hpp"
#include "core/ports/local_models.hpp"
#include "core/ports/log.hpp"
#include "core/ports/provider_probe.hpp"
#include "core/runtime/pool.hpp"
#include "infra/net/http_client.hpp"

#include <filesystem>
#include <memory>
#include <vector>

namespace boternity::app {

/// The model that a bot gets when none is named.
inline constexpr const char* kDefaultModel = "local/smollm2-135m";

/// What providers need of the server. All outlive them.
struct ProviderNeeds {
    infra::HttpClient& http;
    core::Pool& inference;
    core::Executor timers;
    core::Log& log;
};

/// Every kind of provider there is, and the built-in ones. `model_folders` hold the files of the local
/// models, the first the default model's; if that is missing it is told when it is used. Reads the heads of
/// the files.
///
/// Returns what can be told of the local models: shared with `models`, and to be gone before `inference`
/// ends.
std::shared_ptr<core::LocalModels> add_llm_providers(core::ModelDirectory& models, ProviderNeeds needs,
                                                     const std::vector<std::filesystem::path>& model_folders);

/// Asks a provider whether it is there. `http` outlives it.
std::unique_ptr<core::ProviderProbe> make_provider_probe(infra::HttpClient& http);

}  // namespace boternity::app
