#pragma once

#include "types/id.hpp"
#include "types/time.hpp"

#include <optional>
#include <string>
#include <vector>

namespace boternity::core {

/// What a provider says of one of its models. What it does not tell stays unset.
struct ToldModel {
    std::string name{};
    std::optional<int> window_tokens{};  ///< input and output together
    std::optional<int> max_output_tokens{};
    std::optional<bool> tools{};
    std::optional<bool> images{};
    std::optional<bool> documents{};
    std::optional<bool> json_schema{};
    std::optional<bool> reasoning{};
    bool operator==(const ToldModel&) const = default;
};

/// What a provider says when it is asked for its models.
struct ToldModels {
    std::vector<ToldModel> models{};  ///< empty when it does not tell, though it answers
    std::optional<Timestamp> date{};  ///< its clock, to the second
    bool operator==(const ToldModels&) const = default;
};

/// A server that many people use, with everything but the key itself filled in.
struct ProviderPreset {
    std::string name{};
    std::string title{};  ///< as people call it
    std::string kind{};
    std::string base_url{};
    std::string key{};  ///< env:NAME, as its own documentation calls it; empty when it needs none
    bool operator==(const ProviderPreset&) const = default;
};

/// What a person told us of a server that has models.
struct ProviderConfig {
    ProviderId id{};
    std::string name{};  ///< the part of a model's name before the slash
    std::string kind{};  ///< which adapter speaks to it, e.g. "openai"
    std::string base_url{};
    std::string key{};  ///< a reference such as env:NAME, never the key itself; may be empty
    std::vector<std::string> models{};
    Timestamp created_at{};
    std::optional<int> window_tokens{};  ///< of each of its models; else what their names tell
    std::vector<ToldModel> told{};       ///< what the provider said of them when it was asked last
    bool operator==(const ProviderConfig&) const = default;
};

}  // namespace boternity::core
