#pragma once

#include "core/ports/embedder.hpp"
#include "core/ports/llm_provider.hpp"
#include "core/ports/local_models.hpp"
#include "core/ports/log.hpp"
#include "core/runtime/pool.hpp"
#include "core/runtime/task.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace boternity::infra::llm {

/// A GGUF file that can answer.
struct LlamaModelFile {
    std::string name{};  ///< e.g. "smollm2-135m"
    std::filesystem::path path{};
    /// Tokens of input and output together. Memory of one KV cache grows with it (SmolLM2-135M: 23 KB a
    /// token, 94 MB for 4096) and so does the time to read a full prompt (5 s for 4096 on two cores), hence
    /// not the 8192 it was trained for. A model trained for less is held to that.
    int window_tokens = 4096;
    int max_output_tokens = 2048;
};

/// A GGUF file of a model that turns texts into vectors, e.g. of architecture bert.
struct LlamaEmbedderFile {
    std::string name{};  ///< e.g. "all-minilm-l6-v2"
    std::filesystem::path path{};
    int max_tokens = 512;  ///< of one text, the two that frame it included
};

/// How a token is chosen. Small models repeat themselves without a penalty and wander at a high temperature.
struct LlamaSampling {
    double temperature = 0.2;     ///< when the request names none; 0 takes the best token
    int top_k = 40;               ///< candidates that are looked at
    double top_p = 0.9;           ///< of their probability; not at temperature 0
    double repeat_penalty = 1.1;  ///< of tokens among the last `repeat_window` of this answer; 1 is none
    int repeat_window = 64;
};

struct LlamaOptions {
    std::vector<LlamaModelFile> models{};
    std::vector<LlamaEmbedderFile> embedders{};
    int threads = 0;  ///< of one decode; 0: as many as default_llama_threads says
    /// That all models together may take: weights and one KV cache of each. 0: as default_model_memory says.
    std::uint64_t memory_bytes = 0;
    int max_contexts = 4;  ///< KV caches of one model, made as sessions need them
    int max_waiting = 64;  ///< replies of one model beyond those that have a KV cache; then Unavailable
    /// Tokens of a prompt that are read before another reply gets its turn. Below 16 reading is slow.
    int prompt_chunk_tokens = 128;
    int slice_tokens = 4;                ///< tokens that one reply makes before the next gets its turn
    std::size_t max_unread_pieces = 32;  ///< a reply whose reader is further behind stands still
    std::chrono::milliseconds idle_unload = std::chrono::minutes(10);  ///< after the last use
    /// Where the idle timer runs; its context outlives the provider. Not set: the model stays loaded.
    std::optional<core::Executor> timers{};
    LlamaSampling sampling{};
};

/// Half of the cores that the process may use (affinity, cpu.max), one at the least and eight at the most.
/// llama.cpp's threads spin while they wait for each other: with a core taken by anybody else two threads on
/// two cores are a hundred times slower than one, and alone they are less than twice as fast (README.md has
/// the figures).
int default_llama_threads(unsigned cores) noexcept;

/// Seven tenths of what is free.
std::uint64_t default_model_memory(std::uint64_t free_bytes) noexcept;

/// What `make_llama_provider` makes: the provider, what can be told of its models, and its embeddings.
class LlamaModels : public core::LlmProvider, public core::LocalModels, public core::Embedder {
public:
    /// A further model, usable at once. AlreadyExists when the name is taken. Threads: any.
    virtual Status add(LlamaModelFile file) = 0;

    /// Takes a model away: nobody gets it any more, answers that are under way end as they would, and then it
    /// is unloaded. False when there is none of this name. Threads: any.
    virtual bool remove(const std::string& name) = 0;
};

/// Models that run in this process, by llama.cpp.
///
/// Nothing is read before the first use. Answers of several sessions take turns on one thread of `inference`.
/// At temperature 0 the same request gives the same answer; above it the seed is made of the prompt and the
/// cache key, so that a request can be repeated exactly and two sessions still differ.
///
/// Lifetime  `inference`, `log` and `timers` outlive the provider and its streams. Destroy the provider
/// before
///           `inference.join()`.
/// Errors    Unavailable when the file is missing or broken (the sentence names it) and, with retry_after,
/// when
///           too many replies wait; InvalidArgument for a schema or a tool's name that cannot be kept.
std::shared_ptr<LlamaModels> make_llama_provider(LlamaOptions options, core::Pool& inference, core::Log& log);

}  // namespace boternity::infra::llm
