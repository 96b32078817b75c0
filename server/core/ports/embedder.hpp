#pragma once

#include "core/runtime/context.hpp"
#include "core/runtime/task.hpp"
#include "types/result.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace boternity::core {

/// A text as a direction: texts of like meaning have a scalar product near 1.
struct Embedding {
    std::vector<float> vector{};  ///< of length 1; as many numbers as the model's dimension
    int tokens = 0;               ///< that were read, those that frame the text included
    bool truncated = false;       ///< the text was longer than the model reads
    bool operator==(const Embedding&) const = default;
};

/// Models that turn texts into vectors. Their cards say `embeddings`, and their window is the longest text.
///
/// The same text has the same vector, whatever else is in its batch.
/// Threads  any strand; the computing is done elsewhere.
/// Cancel   by `context.stop`, between two texts.
/// Errors   NotFound (no such model), Unavailable (its file is missing or broken, no memory, too busy).
class Embedder {
public:
    /// Of one call.
    static constexpr std::size_t kMostTexts = 256;

    virtual ~Embedder() = default;

    /// 1 to kMostTexts texts, none of them empty; one vector for each, in their order. `model` is without its
    /// provider.
    virtual Task<Result<std::vector<Embedding>>> embed(std::string model, std::vector<std::string> texts,
                                                       CallContext context) = 0;
};

}  // namespace boternity::core
