#include "core/llm/model_directory.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace boternity::core {
namespace {

std::string joined(const std::vector<std::string>& names) {
    constexpr std::size_t kShown = 8;
    std::string text;
    for (std::size_t i = 0; i < std::min(names.size(), kShown); ++i) text += (i ? ", " : "") + names[i];
    if (names.size() > kShown) text += ", ...";
    return text;
}

}  // namespace

ModelDirectory::ModelDirectory(ProviderStore& store, Receipts& receipts, Clock& clock, Ids& ids, Log& log,
                               std::string default_model)
    : store_(store),
      receipts_(receipts),
      clock_(clock),
      ids_(ids),
      log_(log),
      default_model_(std::move(default_model)) {}

void ModelDirectory::add_factory(std::string kind, std::shared_ptr<const LlmProviderFactory> factory) {
    factories_.insert_or_assign(std::move(kind), std::move(factory));
}

void ModelDirectory::add_builtin(ProviderConfig config, std::shared_ptr<LlmProvider> provider) {
    const std::lock_guard lock(mutex_);
    const auto name = config.name;
    entries_.insert_or_assign(
        name, Entry{.config = std::move(config), .provider = std::move(provider), .builtin = true});
}

Task<Status> ModelDirectory::load() {
    BOT_CO_TRY(stored, co_await store_.all());
    const std::lock_guard lock(mutex_);
    for (auto& config : stored) {
        auto made = make(config);
        if (!made) {
            log_.write(LogLevel::Warn, "provider_skipped",
                       {{"provider", config.name}, {"error", made.error().message}});
            continue;
        }
        const auto name = config.name;
        entries_.try_emplace(name, Entry{.config = std::move(config), .provider = std::move(*made)});
    }
    co_return Status{};
}

Result<std::shared_ptr<LlmProvider>> ModelDirectory::make(const ProviderConfig& config) const {
    const auto factory = factories_.find(config.kind);
    if (factory != factories_.end()) return factory->second->make(config);
    std::vector<std::string> kinds;
    for (const auto& [kind, unused] : factories_) kinds.push_back(kind);
    return fail(invalid_argument(fmt::format("There is no kind of provider called \"{}\"; use one of: {}.",
                                             config.kind, joined(kinds)),
                                 "kind"));
}

Result<ResolvedModel> ModelDirectory::resolve(std::string_view model) const {
    const auto slash = model.find('/');
    if (slash == std::string_view::npos || slash == 0 || slash + 1 == model.size()) {
        return fail(invalid_argument(
            fmt::format("A model is named PROVIDER/MODEL, for example {}.", default_model_), "model"));
    }
    const std::lock_guard lock(mutex_);
    const auto entry = entries_.find(model.substr(0, slash));
    if (entry == entries_.end()) {
        std::vector<std::string> names;
        for (const auto& [name, unused] : entries_) names.push_back(name);
        return fail(invalid_argument(
            fmt::format(
                "There is no provider \"{}\"; add it with `boternity provider add`, or use one of: {}.",
                model.substr(0, slash), joined(names)),
            "model"));
    }
    const std::string_view wanted = model.substr(slash + 1);
    auto card = entry->second.provider->card_of(wanted);
    if (card && !card->embeddings) return ResolvedModel{entry->second.provider, std::move(*card)};
    if (card) {
        return fail(invalid_argument(fmt::format("{} turns texts into vectors and cannot talk; name a model "
                                                 "of `boternity model list` that can.",
                                                 model),
                                     "model"));
    }
    std::vector<std::string> names;
    for (const auto& other : entry->second.provider->cards())
        if (!other.embeddings) names.push_back(other.name);
    return fail(invalid_argument(fmt::format("The provider \"{}\" has no model \"{}\"; it has: {}.",
                                             entry->first, wanted, joined(names)),
                                 "model"));
}

std::vector<ListedModel> ModelDirectory::models() const {
    const std::lock_guard lock(mutex_);
    std::vector<ListedModel> models;
    for (const auto& [name, entry] : entries_) {
        for (auto& card : entry.provider->cards())
            models.push_back({.provider = name, .card = std::move(card)});
    }
    return models;
}

std::vector<ProviderConfig> ModelDirectory::providers() const {
    const std::lock_guard lock(mutex_);
    std::vector<ProviderConfig> configs;
    for (const auto& [name, entry] : entries_) configs.push_back(entry.config);
    return configs;
}

Result<ProviderConfig> ModelDirectory::known(std::string_view id_or_name) const {
    const std::lock_guard lock(mutex_);
    for (const auto& [name, entry] : entries_) {
        if (name != id_or_name && entry.config.id.text() != id_or_name) continue;
        if (!entry.origin.empty()) {
            return fail(
                ErrorCode::WrongState,
                fmt::format("The provider \"{}\" stands in {}; change it there.", name, entry.origin));
        }
        if (entry.builtin) {
            return fail(ErrorCode::WrongState,
                        fmt::format("The provider \"{}\" is built in and stays as it is.", name));
        }
        return entry.config;
    }
    return fail(not_found("There is no provider of that id or name."));
}

}  // namespace boternity::core
