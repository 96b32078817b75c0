#include "app/llm_providers.hpp"

#include "infra/llm/llama_cpp/llama_provider.hpp"
#include "infra/llm/llama_cpp/model_folder.hpp"
#include "infra/llm/openai/openai_chat.hpp"
#include "infra/llm/openai/openai_probe.hpp"
#include "infra/llm/remote/remote_factory.hpp"

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

/// How long a provider may be silent: BOTERNITY_UPSTREAM_TIMEOUT in seconds, for slow machines and for tests.
infra::HttpTimeouts upstream_timeouts() {
    infra::HttpTimeouts timeouts;
    const auto text = variable("BOTERNITY_UPSTREAM_TIMEOUT").value_or("");
    int seconds = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), seconds);
    constexpr int kMostSeconds = 24 * 60 * 60;
    if (read.ec != std::errc{} || read.ptr != text.data() + text.size() || seconds < 1 ||
        seconds > kMostSeconds) {
        return timeouts;
    }
    timeouts.first_byte = timeouts.idle = std::chrono::seconds(seconds);
    timeouts.connect = std::min(timeouts.connect, timeouts.idle);
    return timeouts;
}

/// Digits with or without K, M or G behind them, in powers of 1000; nothing for all else.
std::optional<std::uint64_t> bytes_of(std::string_view text) {
    std::uint64_t unit = 1;
    if (!text.empty()) {
        if (const auto at = std::string_view("KMG").find(text.back()); at != std::string_view::npos) {
            for (std::size_t i = 0; i <= at; ++i) unit *= 1000;
            text.remove_suffix(1);
        }
    }
    std::uint64_t number = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
    constexpr std::uint64_t kMost = 1'000'000'000'000'000;
    if (read.ec != std::errc{} || read.ptr != text.data() + text.size() || number == 0 ||
        number > kMost / unit) {
        return std::nullopt;
    }
    return number * unit;
}

/// What the models in this process may take together: BOTERNITY_MODEL_MEMORY; 0 leaves it to the provider.
std::uint64_t model_memory(core::Log& log) {
    const auto text = variable("BOTERNITY_MODEL_MEMORY");
    if (!text) return 0;
    const auto bytes = bytes_of(*text);
    if (!bytes) {
        log.write(core::LogLevel::Warn, "model_memory_ignored",
                  {{"value", *text},
                   {"why", "BOTERNITY_MODEL_MEMORY takes a number of bytes, or one with K, M or G"}});
    }
    return bytes.value_or(0);
}

}  // namespace

std::shared_ptr<core::LocalModels>
add_llm_providers(core::ModelDirectory& models, ProviderNeeds needs,
                  const std::vector<std::filesystem::path>& model_folders) {
    infra::llm::LlamaOptions local{
        .models = {{.name = "smollm2-135m",
                    .path = model_folders.front() / "SmolLM2-135M-Instruct.Q4_1.gguf"}},
        .memory_bytes = model_memory(needs.log),
        .timers = needs.timers};
    for (const auto& folder : model_folders) {
        auto found = infra::llm::models_in_folder_blocking(folder, local.models, needs.log);
        std::ranges::move(found, std::back_inserter(local.models));
    }
    std::vector<std::string> names;
    for (const auto& file : local.models) names.push_back(file.name);
    auto in_process = infra::llm::make_llama_provider(std::move(local), needs.inference, needs.log);
    models.add_builtin({.name = "local", .kind = "local", .models = std::move(names)}, in_process);
    models.add_factory("openai",
                       infra::make_remote_factory(
                           {.http = needs.http, .environment = variable, .timeouts = upstream_timeouts()},
                           infra::make_openai_chat()));
    return in_process;
}

std::unique_ptr<core::ProviderProbe> make_provider_probe(infra::HttpClient& http) {
    return infra::make_openai_probe(http, variable);
}

}  // namespace boternity::app
