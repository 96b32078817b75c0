#pragma once

#include "core/llm/provider.hpp"
#include "core/runtime/context.hpp"
#include "core/runtime/task.hpp"
#include "types/result.hpp"
#include "types/time.hpp"

#include <optional>
#include <string>
#include <vector>

namespace boternity::core {

/// What a provider's server said when it was asked something that costs nothing.
struct ProbeAnswer {
    std::optional<Timestamp> date{};    ///< its clock, to the second
    std::vector<std::string> models{};  ///< it has now; empty when it does not tell
};

/// Asks a provider whether it is there and takes the key, at no cost. Threads: any strand.
/// Errors  those of LlmProvider::open.
class ProviderProbe {
public:
    virtual ~ProviderProbe() = default;
    virtual Task<Result<ProbeAnswer>> probe(ProviderConfig provider, CallContext context) = 0;
};

}  // namespace boternity::core
