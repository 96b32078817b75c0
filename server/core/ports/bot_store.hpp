#pragma once

#include "core/bots/bot.hpp"
#include "core/events/event.hpp"
#include "core/ports/receipts.hpp"
#include "core/runtime/task.hpp"
#include "types/page.hpp"
#include "types/result.hpp"

namespace boternity::core {

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

    /// Writes `bot` whole (all but soul_version) if the stored revision is still `expected_revision`, else
    /// StaleEtag. `bot.revision` is the new revision. Subject: the bot's id.
    virtual Task<Result<Receipt>> update(Bot bot, std::int64_t expected_revision, Events events,
                                         Mutation mutation) = 0;
};

/// The soul versions of bots. As BotStore in threads, atomicity and errors.
class SoulStore {
public:
    virtual ~SoulStore() = default;

    /// Adds a version and makes it the bot's newest (the bot's revision rises). StaleEtag when `soul.version`
    /// is not the newest + 1. Subject: the version as decimal text.
    virtual Task<Result<Receipt>> append(Soul soul, Events events, Mutation mutation) = 0;

    virtual Task<Result<Soul>> find(BotId bot, int version) = 0;

    /// Newest first, without texts.
    virtual Task<Result<Page<Soul>>> list(BotId bot, PageRequest page) = 0;
};

}  // namespace boternity::core
