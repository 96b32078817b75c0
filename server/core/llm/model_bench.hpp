#pragma once

#include "core/llm/model_directory.hpp"
#include "core/ports/clock.hpp"
#include "core/runtime/context.hpp"
#include "core/runtime/task.hpp"
#include "types/result.hpp"

#include <string>

namespace boternity::core {

/// How fast a model is: one prompt read and one answer made, with nothing kept of earlier ones.
struct ModelSpeed {
    std::string model{};  ///< PROVIDER/MODEL
    int input_tokens = 0;
    int output_tokens = 0;
    double first_token_seconds = 0;  ///< from the request to the first piece of text; loading counts
    double input_tokens_a_second = 0;
    double output_tokens_a_second = 0;  ///< after the first; 0 when there was only one
    bool operator==(const ModelSpeed&) const = default;
};

/// Measures a model twice and tells the second time, when it is loaded. It costs what two answers of at most
/// 64 tokens cost.
///
/// Lifetime  `models` and `clock` outlive the call.
/// Cancel    by `context.stop`, as the provider does it.
/// Errors    those of LlmProvider::open; InvalidArgument when there is no such model.
Task<Result<ModelSpeed>> measure_model(const ModelDirectory* models, const Clock* clock, std::string model,
                                       CallContext context);

}  // namespace boternity::core
