#include "core/bots/text_rules.hpp"
#include "core/llm/model_directory.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <set>
#include <utility>

namespace boternity::core {
namespace {

constexpr std::size_t kMaxModels = 2'000;
constexpr std::size_t kMaxModelName = 200;
constexpr int kLeastWindow = 256;
constexpr int kLargestWindow = 10'000'000;
/// How long a server may take to tell its models.
constexpr std::chrono::seconds kListing{15};

Status check(const ProviderConfig& config) {
    if (!is_slug(config.name)) {
        return fail(invalid_argument(
            "name must be 1 to 63 lower-case letters, digits and hyphens, without a hyphen at either end.",
            "name"));
    }
    if (config.models.size() > kMaxModels) {
        return fail(
            invalid_argument(fmt::format("models may name at most {} models.", kMaxModels), "models"));
    }
    const int window = config.window_tokens.value_or(kLeastWindow);
    if (window < kLeastWindow || window > kLargestWindow) {
        return fail(invalid_argument("window_tokens must be 256 to 10000000 tokens.", "window_tokens"));
    }
    return {};
}

/// Those whose names can be named here, each once.
std::vector<ToldModel> usable(std::vector<ToldModel> told) {
    std::set<std::string, std::less<>> seen;
    std::erase_if(told, [&](const ToldModel& model) {
        const bool visible = std::ranges::all_of(model.name, [](char c) { return c > 0x20 && c < 0x7f; });
        return model.name.empty() || model.name.size() > kMaxModelName || !visible ||
               !seen.insert(model.name).second;
    });
    return told;
}

}  // namespace

Result<ProviderConfig> ModelDirectory::config_of(NewProvider wanted) const {
    ProviderPreset preset{.name = wanted.name, .kind = "openai"};
    if (!wanted.preset.empty()) {
        const auto found = std::ranges::find(presets_, wanted.preset, &ProviderPreset::name);
        if (found == presets_.end()) {
            return fail(invalid_argument(
                fmt::format("There is no preset \"{}\"; list them with `boternity provider presets`, or give "
                            "kind and base_url.",
                            wanted.preset),
                "preset"));
        }
        preset = *found;
    }
    const auto chosen = [](std::string& stated, std::string& otherwise) {
        return stated.empty() ? std::move(otherwise) : std::move(stated);
    };
    ProviderConfig config{.name = chosen(wanted.name, preset.name),
                          .kind = chosen(wanted.kind, preset.kind),
                          .base_url = chosen(wanted.base_url, preset.base_url),
                          .key = chosen(wanted.key, preset.key),
                          .models = std::move(wanted.models),
                          .window_tokens = wanted.window_tokens};
    BOT_CHECK(check(config));
    return config;
}

Task<Result<ProviderConfig>> ModelDirectory::discovered(ProviderConfig config, CallContext context) const {
    BOT_CO_TRY(provider, make(config));
    context.deadline.at = std::min(context.deadline.at, clock_.in(kListing).at);
    auto listing = provider->list(std::move(context));
    BOT_CO_TRY(answer, co_await std::move(listing));
    config.told = usable(std::move(answer.models));
    if (config.told.empty()) {
        co_return fail(
            ErrorCode::WrongState,
            fmt::format("The server at {} does not tell which models it has; name them.", config.base_url));
    }
    if (config.told.size() > kMaxModels) {
        co_return fail(ErrorCode::TooLarge,
                       fmt::format("The server at {} has {} models, more than the {} that "
                                   "one provider may have; name those you want.",
                                   config.base_url, config.told.size(), kMaxModels));
    }
    config.models.clear();
    for (const auto& model : config.told) config.models.push_back(model.name);
    co_return config;
}

Task<Result<ToldModels>> ModelDirectory::ask(std::string id_or_name, CallContext context) const {
    std::shared_ptr<LlmProvider> provider;
    {
        const std::lock_guard lock(mutex_);
        for (const auto& [name, entry] : entries_)
            if (name == id_or_name || entry.config.id.text() == id_or_name) provider = entry.provider;
    }
    if (!provider) co_return fail(not_found("There is no provider of that id or name."));
    auto listing = provider->list(std::move(context));
    co_return co_await std::move(listing);
}

Task<Result<ProviderConfig>> ModelDirectory::add(NewProvider wanted, CallContext context) {
    BOT_CO_TRY(earlier, co_await receipts_.find(context.mutation));
    if (earlier) co_return co_await added_before(std::move(*earlier));
    BOT_CO_TRY(config, config_of(std::move(wanted)));
    // Before the server is asked: no name that is taken needs an answer.
    if (is_builtin(config.name)) {
        co_return fail(ErrorCode::AlreadyExists,
                       fmt::format("There is a provider \"{}\" already; choose another name.", config.name));
    }
    config.id = ids_.make<ProviderId>();
    config.created_at = clock_.now();
    if (config.models.empty()) {
        auto discovering = discovered(std::move(config), context);
        BOT_CO_TRY(known, co_await std::move(discovering));
        config = std::move(known);
    }
    BOT_CO_TRY(provider, make(config));
    Events events{ProviderAdded{.name = config.name}};
    BOT_CO_TRY(receipt, co_await store_.insert(config, std::move(events), context.mutation));
    if (receipt.outcome == Outcome::Repeated) co_return co_await added_before(std::move(receipt));
    const std::lock_guard lock(mutex_);
    entries_.insert_or_assign(config.name, Entry{.config = config, .provider = std::move(provider)});
    co_return config;
}

Task<Result<ProviderConfig>> ModelDirectory::refresh(std::string id_or_name, CallContext context) {
    BOT_CO_TRY(earlier, co_await receipts_.find(context.mutation));
    if (earlier) co_return co_await added_before(std::move(*earlier));
    BOT_CO_TRY(config, known(id_or_name));
    auto discovering = discovered(std::move(config), context);
    BOT_CO_TRY(fresh, co_await std::move(discovering));
    BOT_CO_TRY(provider, make(fresh));
    Events events{ProviderChanged{.name = fresh.name}};
    BOT_CO_TRY(receipt, co_await store_.update(fresh, std::move(events), context.mutation));
    if (receipt.outcome == Outcome::Repeated) co_return co_await added_before(std::move(receipt));
    const std::lock_guard lock(mutex_);
    const auto there = entries_.find(fresh.name);
    // It may have been removed, and another one added under its name, since the store was asked.
    if (there != entries_.end() && there->second.config.id == fresh.id)
        there->second = Entry{.config = fresh, .provider = std::move(provider)};
    co_return fresh;
}

Task<Result<ProviderConfig>> ModelDirectory::added_before(Receipt receipt) {
    // Read from the store: the call that added it may not have put it into memory yet.
    BOT_CO_TRY(stored, co_await store_.all());
    for (auto& config : stored) {
        if (config.id.text() == receipt.subject) co_return std::move(config);
    }
    ProviderConfig gone;  // removed since
    if (auto id = ProviderId::parse(receipt.subject)) gone.id = *id;
    co_return gone;
}

bool ModelDirectory::is_builtin(const std::string& name) const {
    const std::lock_guard lock(mutex_);
    const auto found = entries_.find(name);
    return found != entries_.end() && found->second.builtin;
}

Task<Result<ProviderConfig>> ModelDirectory::remove(std::string id_or_name, CallContext context) {
    BOT_CO_TRY(earlier, co_await receipts_.find(context.mutation));
    if (earlier) {
        ProviderConfig gone;
        if (auto id = ProviderId::parse(earlier->subject)) gone.id = *id;
        co_return gone;
    }
    BOT_CO_TRY(config, known(id_or_name));
    Events events{ProviderRemoved{.name = config.name}};
    BOT_CO_CHECK(co_await store_.erase(config.id, std::move(events), context.mutation));
    const std::lock_guard lock(mutex_);
    entries_.erase(config.name);
    co_return config;
}

}  // namespace boternity::core
