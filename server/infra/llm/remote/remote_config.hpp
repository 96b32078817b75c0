#pragma once

#include "core/llm/provider.hpp"
#include "infra/llm/remote/remote_api.hpp"
#include "types/result.hpp"

#include <optional>
#include <string>
#include <vector>

namespace boternity::infra {

/// A provider's configuration after it was found right.
struct RemoteConfig {
    std::string base_url{};      ///< without a slash at its end
    std::string key_variable{};  ///< the variable's name; empty: the server needs no key
    std::vector<std::string> models{};
    std::vector<core::ToldModel> told{};
    std::optional<int> window_tokens{};  ///< of each model; else as told, else as its name tells
};

/// InvalidArgument with the field and what to do. No part of a key that was given by mistake is repeated.
Result<RemoteConfig> check_remote_config(const core::ProviderConfig& config, const RemoteTraits& traits);

}  // namespace boternity::infra
