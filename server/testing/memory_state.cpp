#include "testing/memory_state.hpp"

#include "testing/memory_pages.hpp"

#include <algorithm>
#include <functional>

namespace boternity::testing {
namespace {

using core::BotState;

constexpr std::int64_t kReceiptLifetimeMicros = 48LL * 3600 * 1'000'000;

template <class Map, class Key>
auto* look_up(Map& map, const Key& key) {
    const auto found = map.find(key);
    return found == map.end() ? nullptr : &found->second;
}

}  // namespace

Result<std::optional<core::Receipt>> MemoryState::receipt(const core::Mutation& mutation) const {
    if (!mutation.named()) return std::nullopt;
    const auto* stored = look_up(receipts_, mutation.key);
    if (!stored || stored->at.micros < clock_.now().micros - kReceiptLifetimeMicros) return std::nullopt;
    if (stored->mutation != mutation) {
        return fail(ErrorCode::IdempotencyReuse,
                    "This idempotency key was used for a different request; use a "
                    "new key.");
    }
    return core::Receipt{core::Outcome::Repeated, stored->subject};
}

Result<core::Receipt> MemoryState::once(const core::Mutation& mutation, const core::Events& events,
                                        const std::function<Result<std::string>()>& apply) {
    BOT_TRY(earlier, receipt(mutation));
    if (earlier) return *earlier;
    Result<std::string> subject = apply();
    if (!subject) return fail(std::move(subject).error());
    announce(events);
    if (mutation.named()) receipts_[mutation.key] = {mutation, *subject, clock_.now()};
    return core::Receipt{core::Outcome::Applied, *subject};
}

void MemoryState::announce(const core::Events& events) {
    for (const auto& event : events) {
        outbox_.push_back({.id = std::ssize(outbox_) + 1, .at = clock_.now(), .what = event});
    }
}

core::EventRecords MemoryState::told(std::size_t before) const {
    return {outbox_.begin() + static_cast<std::ptrdiff_t>(before), outbox_.end()};
}

core::EventPage MemoryState::events(std::int64_t after, int most) const {
    core::EventPage page{.oldest = outbox_.empty() ? 0 : 1, .newest = std::ssize(outbox_)};
    for (const auto& record : outbox_) {
        if (record.id > after && std::ssize(page.records) < most) page.records.push_back(record);
    }
    return page;
}

const core::Bot* MemoryState::living(BotId id) const {
    const auto* bot = look_up(bots_, id);
    return bot && bot->state != BotState::Deleted ? bot : nullptr;
}

Status MemoryState::slug_free(const core::Bot& bot) const {
    for (const auto& [id, other] : bots_) {
        if (id != bot.id && other.state != BotState::Deleted && other.slug == bot.slug) {
            return fail(ErrorCode::AlreadyExists, "There is a bot with this slug; choose another name.");
        }
    }
    return {};
}

Result<core::Receipt> MemoryState::insert(core::Bot bot, core::Soul soul, core::Events events,
                                          core::Mutation mutation) {
    return once(mutation, events, [&]() -> Result<std::string> {
        if (bots_.contains(bot.id)) return fail(ErrorCode::AlreadyExists, "There is a bot with this id.");
        BOT_CHECK(slug_free(bot));
        bots_[bot.id] = bot;
        souls_[{soul.bot, soul.version}] = soul;
        return bot.id.text();
    });
}

Result<core::Bot> MemoryState::find(const core::BotRef& ref) const {
    if (const auto id = BotId::parse(ref.text)) {
        if (const auto* bot = living(*id)) return *bot;
    }
    for (const auto& [id, bot] : bots_) {
        if (bot.state != BotState::Deleted && bot.slug == ref.text) return bot;
    }
    return fail(not_found("There is no such bot; list the bots to see their names."));
}

Result<Page<core::Bot>> MemoryState::bots(const PageRequest& page) const {
    std::vector<core::Bot> items;
    for (const auto& [id, bot] : bots_) {
        if (bot.state != BotState::Deleted) items.push_back(bot);
    }
    const auto key = [](const core::Bot& bot) { return PageKey{bot.created_at.micros, bot.id.text()}; };
    return page_of(std::move(items), page, key, std::less<>{});
}

Result<core::BotUpdated> MemoryState::update(const core::BotRef& ref, const core::DecideBot& decide,
                                             core::Mutation mutation) {
    core::BotUpdated updated;
    core::Events events;
    auto receipt = once(mutation, events, [&]() -> Result<std::string> {
        BOT_TRY(stored, find(ref));
        BOT_TRY(update, decide(stored));
        if (update.bot.state != BotState::Deleted) BOT_CHECK(slug_free(update.bot));
        update.bot.soul_version = stored.soul_version;
        bots_[stored.id] = update.bot;
        events = update.events;
        updated.update = std::move(update);
        return stored.id.text();
    });
    if (!receipt) return fail(std::move(receipt).error());
    updated.receipt = *std::move(receipt);
    return updated;
}

Result<core::SoulAppended> MemoryState::append(BotId id, const core::DecideSoul& decide,
                                               core::Mutation mutation) {
    core::SoulAppended appended;
    core::Events events;
    auto receipt = once(mutation, events, [&]() -> Result<std::string> {
        if (!living(id)) return fail(not_found("There is no such bot; list the bots to see their names."));
        core::Bot& bot = bots_[id];
        core::SoulGround ground{.bot = bot, .newest = souls_[{id, bot.soul_version}]};
        ground.newest.text.clear();
        BOT_TRY(append, decide(ground));
        events = append.events;
        if (!append.soul) return std::to_string(bot.soul_version);
        const core::Soul& soul = *append.soul;
        if (soul.version != bot.soul_version + 1) {
            return fail(ErrorCode::StaleEtag, "The soul has a newer version; read it again.");
        }
        souls_[{id, soul.version}] = soul;
        bot.soul_version = soul.version;
        bot.updated_at = soul.created_at;
        ++bot.revision;
        appended.soul = soul;
        return std::to_string(soul.version);
    });
    if (!receipt) return fail(std::move(receipt).error());
    appended.receipt = *std::move(receipt);
    return appended;
}

Result<core::Soul> MemoryState::soul(BotId bot, int version) const {
    if (const auto* soul = look_up(souls_, std::pair{bot, version})) return *soul;
    return fail(not_found("The bot has no such soul version; list its souls."));
}

Result<Page<core::Soul>> MemoryState::souls(BotId bot, const PageRequest& page) const {
    std::vector<core::Soul> items;
    for (const auto& [key, soul] : souls_) {
        if (key.first != bot) continue;
        items.push_back(soul);
        items.back().text.clear();
    }
    const auto key = [](const core::Soul& soul) { return PageKey{soul.version, ""}; };
    return page_of(std::move(items), page, key, std::greater<>{});
}

Result<core::Receipt> MemoryState::insert(core::ProviderConfig provider, core::Events events,
                                          core::Mutation mutation) {
    return once(mutation, events, [&]() -> Result<std::string> {
        for (const auto& [id, other] : providers_) {
            if (id == provider.id || other.name == provider.name) {
                return fail(ErrorCode::AlreadyExists,
                            "There is a provider \"" + provider.name +
                                "\" already; remove it first or choose another name.");
            }
        }
        if (providers_.size() >= static_cast<std::size_t>(core::ProviderStore::kMaxProviders)) {
            return fail(ErrorCode::WrongState, "There are 200 providers already; remove one first.");
        }
        providers_[provider.id] = provider;
        return provider.id.text();
    });
}

Result<core::Receipt> MemoryState::update(core::ProviderConfig provider, core::Events events,
                                          core::Mutation mutation) {
    return once(mutation, events, [&]() -> Result<std::string> {
        const auto found = providers_.find(provider.id);
        if (found == providers_.end())
            return fail(not_found("There is no such provider; list the providers."));
        core::ProviderConfig& there = found->second;
        there.base_url = provider.base_url;
        there.key = provider.key;
        there.models = provider.models;
        there.told = provider.told;
        there.window_tokens = provider.window_tokens;
        return there.id.text();
    });
}

Result<core::Receipt> MemoryState::erase(ProviderId id, core::Events events, core::Mutation mutation) {
    return once(mutation, events, [&]() -> Result<std::string> {
        if (providers_.erase(id) == 0)
            return fail(not_found("There is no such provider; list the providers."));
        return id.text();
    });
}

std::vector<core::ProviderConfig> MemoryState::providers() const {
    std::vector<core::ProviderConfig> all;
    for (const auto& [id, provider] : providers_) all.push_back(provider);
    std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
    return all;
}

}  // namespace boternity::testing
