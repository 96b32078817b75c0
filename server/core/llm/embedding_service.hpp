#pragma once

#include "core/llm/model_directory.hpp"
#include "core/ports/clock.hpp"
#include "core/ports/embedder.hpp"
#include "core/runtime/context.hpp"
#include "core/runtime/task.hpp"
#include "types/result.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace boternity::core {

/// The vectors of one call, and whose they are.
struct EmbeddedTexts {
    std::string model{};  ///< PROVIDER/MODEL
    std::vector<Embedding> embeddings{};
};

/// Turns texts into vectors.
///
/// Lifetime  the ports outlive it; it outlives its calls.
/// Threads   any strand.
class EmbeddingService {
public:
    static constexpr std::string_view kDefaultModel = "local/all-minilm-l6-v2";

    EmbeddingService(const ModelDirectory& models, Embedder& embedder, const Clock& clock)
        : models_(models), embedder_(embedder), clock_(clock) {}

    /// `model` is PROVIDER/MODEL, empty for the default. InvalidArgument for no texts, too many, an empty
    /// one, and a model that is unknown or cannot embed; DeadlineExceeded; else as Embedder::embed.
    Task<Result<EmbeddedTexts>> embed(std::string model, std::vector<std::string> texts, CallContext context);

private:
    Status check_model(const std::string& model) const;

    const ModelDirectory& models_;
    Embedder& embedder_;
    const Clock& clock_;
};

}  // namespace boternity::core
