#pragma once

#include "core/ports/embedder.hpp"
#include "core/ports/local_models.hpp"
#include "core/ports/log.hpp"
#include "core/runtime/pool.hpp"
#include "infra/llm/llama_cpp/handles.hpp"
#include "infra/llm/llama_cpp/llama_provider.hpp"
#include "infra/llm/llama_cpp/model_memory.hpp"
#include "types/result.hpp"

#include <boost/asio/steady_timer.hpp>

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace boternity::infra::llm {

/// One local model that turns texts into vectors: loaded when it is first needed, and unloaded when nobody
/// has used it for a while or another model needs its memory.
///
/// Lifetime  shared by the provider and the calls on the pool.
/// Threads   any; one text is computed at a time.
class LlamaEmbedder final : public Unloadable, public std::enable_shared_from_this<LlamaEmbedder> {
public:
    LlamaEmbedder(LlamaEmbedderFile file, const LlamaOptions& options, std::shared_ptr<ModelMemory> memory,
                  core::Pool& pool, core::Log& log);

    const LlamaEmbedderFile& file() const noexcept { return file_; }

    /// Unavailable when the model cannot be loaded.
    Result<core::Embedding> embed_blocking(const std::string& text);

    /// Reads the head of its file.
    Result<core::LocalModel> facts_blocking() const;

    bool unload_if_idle_blocking() override;

private:
    // With the mutex held:
    Status load_blocking();
    Result<std::vector<float>> compute_blocking(std::vector<Token>& tokens);
    void watch_idleness();

    const LlamaEmbedderFile file_;
    const LlamaOptions options_;
    const std::shared_ptr<ModelMemory> memory_;  // shared with the other models
    core::Pool& pool_;
    core::Log& log_;
    std::atomic<bool> loaded_{false};

    std::mutex mutex_;  // of the fields below; held over a load and a text, by pool threads only
    ModelHandle model_;
    ContextHandle context_;
    int most_tokens_ = 0;
    std::uint64_t uses_ = 0;
    std::optional<core::asio::steady_timer> idle_;
};

}  // namespace boternity::infra::llm
