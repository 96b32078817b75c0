#pragma once

#include "core/bots/bot.hpp"
#include "core/events/event.hpp"
#include "core/ports/receipts.hpp"
#include "core/runtime/task.hpp"
#include "types/page.hpp"
#include "types/result.hpp"

#include <functional>
#include <optional>

namespace boternity::core {

/// A bot as it is to become, with its new revision. The same bot as before is not written.
struct BotUpdate {
    Bot bot{};
    Events events{};
};

/// Decides what becomes of a bot, from how it is in the transaction that changes it; under the rules of
/// DecideTurn: called on a thread of the store, perhaps more than once, and its error undoes the transaction.
using DecideBot = std::function<Result<BotUpdate>(const Bot& bot)>;

/// A bot that was changed, now or by an earlier request of the same key.
struct BotUpdated {
    Receipt receipt{};                  ///< its subject is the bot's id
    std::optional<BotUpdate> update{};  ///< when it was made now
};

/// What a new soul version is decided from, as it is in the transaction that adds it.
struct SoulGround {
    Bot bot{};
    Soul newest{};  ///< without its text
};

/// The version that is to be a bot's newest; without one the newest stays.
struct SoulAppend {
    std::optional<Soul> soul{};
    Events events{};
};

/// Decides on a soul version as DecideBot does on a bot.
using DecideSoul = std::function<Result<SoulAppend>(const SoulGround& ground)>;

/// A soul version that was added, now or by an earlier request of the same key.
struct SoulAppended {
    Receipt receipt{};           ///< its subject is the newest version as decimal text
    std::optional<Soul> soul{};  ///< when it was added now
};

/// Bots and their soul versions.
///
/// Threads  any strand; resumes on the caller's.
/// Atomic   each call is one transaction: the change, its events and its receipt commit together or not at
///          all, and are durable when the call returns.
/// Errors   NotFound, AlreadyExists (slug taken), StaleEtag, IdempotencyReuse, StorageFull, Unavailable.
class BotStore {
public:
    virtual ~BotStore() = default;

    /// Adds a bot with its first soul. AlreadyExists when another bot that is not deleted has the slug.
    /// The receipt's subject is the bot's id.
    virtual Task<Result<Receipt>> insert(Bot bot, Soul soul, Events events, Mutation mutation) = 0;

    /// By id, else by slug. Deleted bots are not found.
    virtual Task<Result<Bot>> find(BotRef ref) = 0;

    /// Oldest first, without deleted ones.
    virtual Task<Result<Page<Bot>>> list(PageRequest page) = 0;

    /// Changes a bot as `decide` says: writes it whole (all but soul_version) unless nothing of it changes,
    /// and leaves a receipt either way. NotFound when there is no such bot. `decide` is not asked when there
    /// is a receipt for the mutation.
    virtual Task<Result<BotUpdated>> update(BotRef ref, DecideBot decide, Mutation mutation) = 0;
};

/// The soul versions of bots. As BotStore in threads, atomicity and errors.
class SoulStore {
public:
    virtual ~SoulStore() = default;

    /// Adds the version that `decide` says, if it says one, and makes it the bot's newest (the bot's revision
    /// rises); leaves a receipt either way. StaleEtag when its number is not the newest + 1. `decide` is not
    /// asked when there is a receipt for the mutation.
    virtual Task<Result<SoulAppended>> append(BotId bot, DecideSoul decide, Mutation mutation) = 0;

    virtual Task<Result<Soul>> find(BotId bot, int version) = 0;

    /// Newest first, without texts.
    virtual Task<Result<Page<Soul>>> list(BotId bot, PageRequest page) = 0;
};

}  // namespace boternity::core
