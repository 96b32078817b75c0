#include "app/llm_providers.hpp"

#include "infra/llm/llama_cpp/llama_provider.hpp"
#include "infra/llm/remote/remote_factory.hpp"
#include "infra/llm/vendors.hpp"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

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

}  // namespace

void add_llm_providers(core::ModelDirectory& models, ProviderNeeds needs,
                       const std::filesystem::path& model_folder) {
    infra::llm::LlamaOptions local{
        .models = {{.name = "smollm2-135m", .path = model_folder / "SmolLM2-135M-Instruct.Q4_1.gguf"}},
        .timers = needs.timers};
    models.add_builtin({.name = "local", .kind = "local", .models = {"smollm2-135m"}},
                       infra::llm::make_llama_provider(std::move(local), needs.inference, needs.log));
    models.add_presets(needs.catalog.presets());
    for (const auto& api : infra::remote_apis()) {
        infra::RemoteNeeds remote{.http = needs.http,
                                  .environment = variable,
                                  .timeouts = timeouts_of(needs.silence),
                                  .catalog = needs.catalog};
        models.add_factory(std::string(api->traits().kind),
                           infra::make_remote_factory(std::move(remote), api));
    }
}

}  // namespace boternity::app
