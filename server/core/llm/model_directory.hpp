#pragma once

#include "core/llm/model.hpp"
#include "core/llm/provider.hpp"
#include "core/ports/clock.hpp"
#include "core/ports/ids.hpp"
#include "core/ports/llm_provider.hpp"
#include "core/ports/log.hpp"
#include "core/ports/provider_store.hpp"
#include "core/ports/receipts.hpp"
#include "core/runtime/context.hpp"

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace boternity::core {

/// A model that can be called, and who has it.
struct ResolvedModel {
    std::shared_ptr<LlmProvider> provider;
    ModelCard card;
};

/// One line of the list of models.
struct ListedModel {
    std::string provider;
    ModelCard card;
};

struct NewProvider {
    std::string name{};      ///< empty: the preset's
    std::string preset{};    ///< fills in what is left empty; may be empty itself
    std::string kind{};      ///< empty: "openai"
    std::string base_url{};  ///< empty: the kind's own, where it has one
    std::string key{};
    std::vector<std::string> models{};  ///< empty: it is asked which it has
    std::optional<int> window_tokens{};
};

/// A provider that the configuration's file has, and where it stands, e.g. "file boternity.toml:30".
struct DeclaredProvider {
    ProviderConfig config;
    std::string origin;
};

/// The providers there are, by name, and the models they have.
///
/// Threads  any. Reads never wait for I/O: the stored providers are held in memory and the store is the
/// truth.
class ModelDirectory {
public:
    ModelDirectory(ProviderStore& store, Receipts& receipts, Clock& clock, Ids& ids, Log& log,
                   std::string default_model);

    /// One kind of provider that can be added. At start, before `load`.
    void add_factory(std::string kind, std::shared_ptr<const LlmProviderFactory> factory);

    /// A provider that is always there, e.g. "local". At start.
    void add_builtin(ProviderConfig config, std::shared_ptr<LlmProvider> provider);

    /// What people may add by name. At start.
    void add_presets(std::vector<ProviderPreset> presets) { presets_ = std::move(presets); }

    /// Reads the stored providers. Called once at start; one that cannot be made any more is logged and
    /// skipped.
    Task<Status> load();

    /// Takes the place of all that were declared before, or changes nothing. After `load`. WrongState for the
    /// name of another provider, InvalidArgument for one that cannot be made.
    Status declare(std::vector<DeclaredProvider> declared);

    /// A model that talks. InvalidArgument, with what to do, when the name is malformed, unknown or of a
    /// model that only makes embeddings.
    Result<ResolvedModel> resolve(std::string_view model) const;

    std::vector<ListedModel> models() const;
    std::vector<ProviderConfig> providers() const;
    const std::vector<ProviderPreset>& presets() const noexcept { return presets_; }
    const std::string& default_model() const noexcept { return default_model_; }

    /// Asks a provider for its models, at no cost: by id or name. Errors as LlmProvider::open; NotFound.
    Task<Result<ToldModels>> ask(std::string provider, CallContext context) const;

    /// The server is asked only when no models are named: then it is added with those that it tells.
    Task<Result<ProviderConfig>> add(NewProvider wanted, CallContext context);
    /// Takes what the provider tells of its models now in the place of what is known. By id or name.
    /// WrongState for a built-in or declared one, and when it tells nothing.
    Task<Result<ProviderConfig>> refresh(std::string provider, CallContext context);
    /// By id or name. WrongState for a built-in or declared one.
    Task<Result<ProviderConfig>> remove(std::string provider, CallContext context);

private:
    struct Entry {
        ProviderConfig config;
        std::shared_ptr<LlmProvider> provider;
        bool builtin = false;  ///< nobody can remove it here
        std::string origin{};  ///< of a declared one: where it stands
    };

    Result<std::shared_ptr<LlmProvider>> make(const ProviderConfig& config) const;
    Result<ProviderConfig> config_of(NewProvider wanted) const;
    /// The configuration with the models that its server tells.
    Task<Result<ProviderConfig>> discovered(ProviderConfig config, CallContext context) const;
    Result<ProviderConfig> known(std::string_view id_or_name) const;
    bool is_builtin(const std::string& name) const;
    /// What an earlier call with the same key added.
    Task<Result<ProviderConfig>> added_before(Receipt receipt);

    ProviderStore& store_;
    Receipts& receipts_;
    Clock& clock_;
    Ids& ids_;
    Log& log_;
    std::string default_model_;
    std::vector<ProviderPreset> presets_;
    std::map<std::string, std::shared_ptr<const LlmProviderFactory>, std::less<>> factories_;
    // Read on every turn from any strand and written when a person adds a provider; never held over a wait.
    mutable std::mutex mutex_;
    std::map<std::string, Entry, std::less<>> entries_;
};

}  // namespace boternity::core
