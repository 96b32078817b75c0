#pragma once

#include "core/ports/clock.hpp"
#include "core/ports/log.hpp"
#include "core/ports/model_files.hpp"
#include "core/runtime/pool.hpp"
#include "infra/llm/llama_cpp/llama_provider.hpp"
#include "infra/llm/model_files/package_index.hpp"
#include "infra/net/http_client.hpp"

#include <filesystem>
#include <memory>

namespace boternity::infra::llm {

struct ModelFilesNeeds {
    std::filesystem::path folder;  ///< where added models lie; made when the first comes
    std::shared_ptr<LlamaModels> models;
    HttpClient& http;
    core::Pool& files;  ///< where files are read and written
    core::Clock& clock;
    core::Log& log;
    PackageIndexes indexes;
};

/// Model files in a folder of the data folder, fetched from package indexes and https addresses. What is in
/// `needs` outlives it and its pulls.
std::unique_ptr<core::ModelFiles> make_local_model_files(ModelFilesNeeds needs);

}  // namespace boternity::infra::llm
