#pragma once

#include "core/llm/provider.hpp"
#include "types/result.hpp"

#include <optional>
#include <string>
#include <vector>

namespace boternity::infra {

/// A provider's configuration after it was found right.
struct OpenAiConfig {
    std::string endpoint{};      ///< where requests are posted
    std::string key_variable{};  ///< the variable's name; empty: the server needs no key
    std::vector<std::string> models{};
    std::optional<int> window_tokens{};  ///< of each model; else as its name tells
};

/// InvalidArgument with the field and what to do. No part of a key that was given by mistake is repeated.
Result<OpenAiConfig> check_openai_config(const core::ProviderConfig& config);

}  // namespace boternity::infra
