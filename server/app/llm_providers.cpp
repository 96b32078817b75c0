#include "app/llm_providers.hpp"

#include "infra/llm/llama_cpp/llama_provider.hpp"
#include "infra/llm/llama_cpp/model_folder.hpp"
#include "infra/llm/model_files/local_model_files.hpp"
#include "infra/llm/remote/remote_factory.hpp"
#include "infra/llm/vendors.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace boternity::app {
namespace {

std::optional<std::string> variable(std::string_view name) {
    const char* value = std::getenv(std::string(name).c_str());
    return value && *value ? std::optional<std::string>(value) : std::nullopt;
}

infra::HttpTimeouts timeouts_of(std::chrono::seconds silence) {
    infra::HttpTimeouts timeouts;
    timeouts.first_byte = timeouts.idle = silence;
    timeouts.connect = std::min(timeouts.connect, timeouts.idle);
    return timeouts;
}

/// A number with or without K, M or G behind it, in powers of 1000, as the configuration's schema demands; 0
/// for none.
std::uint64_t bytes_of(std::string_view text) {
    std::uint64_t unit = 1;
    if (!text.empty()) {
        if (const auto at = std::string_view("KMG").find(text.back()); at != std::string_view::npos) {
            for (std::size_t i = 0; i <= at; ++i) unit *= 1000;
            text.remove_suffix(1);
        }
    }
    std::uint64_t number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number * unit;
}

}  // namespace

LocalAdapters add_llm_providers(core::ModelDirectory& models, ProviderNeeds needs,
                                const std::vector<std::filesystem::path>& model_folders) {
    infra::llm::LlamaOptions local{
        .models = {{.name = "smollm2-135m",
                    .path = model_folders.front() / "SmolLM2-135M-Instruct.Q4_1.gguf"}},
        .embedders = {{.name = "all-minilm-l6-v2",
                       .path = model_folders.front() / "all-MiniLM-L6-v2.Q8_0.gguf"}},
        .memory_bytes = bytes_of(needs.model_memory),
        .timers = needs.timers};
    for (const auto& folder : model_folders) {
        auto known = local.models;
        for (const auto& file : local.embedders) known.push_back({.name = file.name, .path = file.path});
        auto found = infra::llm::models_in_folder_blocking(folder, known, needs.log);
        std::ranges::move(found, std::back_inserter(local.models));
    }
    std::vector<std::string> names;
    for (const auto& file : local.models) names.push_back(file.name);
    for (const auto& file : local.embedders) names.push_back(file.name);
    auto in_process = infra::llm::make_llama_provider(std::move(local), needs.inference, needs.log);
    models.add_builtin({.name = "local", .kind = "local", .models = std::move(names)}, in_process);
    models.add_presets(needs.catalog.presets());
    for (const auto& api : infra::remote_apis()) {
        infra::RemoteNeeds remote{.http = needs.http,
                                  .environment = variable,
                                  .timeouts = timeouts_of(needs.silence),
                                  .catalog = needs.catalog};
        models.add_factory(std::string(api->traits().kind),
                           infra::make_remote_factory(std::move(remote), api));
    }
    auto files = infra::llm::make_local_model_files({.folder = model_folders.back(),
                                                     .models = in_process,
                                                     .http = needs.http,
                                                     .files = needs.files,
                                                     .clock = needs.clock,
                                                     .log = needs.log,
                                                     .indexes = std::move(needs.indexes)});
    return {.files = std::move(files), .embedder = in_process};
}

}  // namespace boternity::app
