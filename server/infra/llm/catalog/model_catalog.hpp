#pragma once

#include "core/llm/model.hpp"
#include "core/llm/provider.hpp"
#include "types/result.hpp"

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace boternity::infra {

/// What a vendor's servers refuse or demand of one model. Data, not code: see catalog.json.
struct ModelTraits {
    /// How its reasoning is asked for.
    enum class Thinking {
        None,      ///< it has none, or nothing can be said of it
        Budget,    ///< a number of tokens
        Adaptive,  ///< by itself, within a stated effort
        Level,     ///< a word: minimal, low, medium, high
    };

    bool sampling = true;           ///< a temperature may be sent
    bool forced_tools = true;       ///< a call may be demanded
    bool prefill = true;            ///< the last message may be the assistant's
    bool thinking_off = true;       ///< it can be told not to reason
    bool completion_limit = false;  ///< Chat Completions: max_completion_tokens instead of max_tokens
    Thinking thinking = Thinking::None;
    bool operator==(const ModelTraits&) const = default;
};

struct ModelFacts {
    core::ModelCard card{};
    ModelTraits traits{};
};

/// What is known of models by their names, and of servers. Made once; threads: any.
class ModelCatalog {
public:
    /// The one that is part of the binary.
    static const ModelCatalog& built_in();

    /// InvalidArgument with the place when the text is no catalog (as catalog.json).
    static Result<ModelCatalog> parse(std::string_view json);

    /// The built-in one with the rows and presets of a file over those of the same name. InvalidArgument when
    /// it cannot be read or is no catalog.
    static Result<ModelCatalog> with_file_blocking(const std::filesystem::path& file);

    /// The facts of the longest known beginning of the name (after the last slash, as routers write them), a
    /// careful default for names nobody has heard of. `told` is what the server said of it and rules over the
    /// name; `window_tokens` is what a person said and rules over both.
    ModelFacts facts_of(std::string_view model, const core::ToldModel* told = nullptr,
                        std::optional<int> window_tokens = {}) const;

    const std::vector<core::ProviderPreset>& presets() const noexcept { return presets_; }

private:
    struct Row {
        std::string beginning{};
        ModelFacts facts{};
    };

    std::vector<Row> rows_;
    std::vector<core::ProviderPreset> presets_;
};

}  // namespace boternity::infra
