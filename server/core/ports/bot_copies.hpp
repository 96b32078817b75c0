#pragma once

#include "core/events/event.hpp"
#include "core/ports/receipts.hpp"
#include "core/runtime/task.hpp"
#include "core/travel/bot_copy.hpp"
#include "types/result.hpp"

#include <cstddef>

namespace boternity::core {

/// How much of a bot is read.
struct CopyExtent {
    bool sessions = false;
    std::size_t max_bytes = 0;  ///< of texts and files; TooLarge beyond
    std::size_t max_parts = 0;  ///< soul versions and sessions together; TooLarge beyond
};

/// Whole bots, read and written at once.
///
/// Threads, atomicity and errors as BotStore. The outputs of steps are not copied: a run that was copied has
/// one step, whose output is one piece.
class BotCopies {
public:
    virtual ~BotCopies() = default;

    /// A bot with its souls, and its sessions if wanted, in one state of the store; oldest first. Runs that
    /// have not ended are left out with what was said in them.
    virtual Task<Result<BotCopy>> read(BotRef ref, CopyExtent extent) = 0;

    /// Adds a bot that is not there. AlreadyExists when its slug is taken. Subject: the bot's id.
    virtual Task<Result<Receipt>> insert(BotCopy copy, Events events, Mutation mutation) = 0;

    /// Makes a bot what `copy.bot` says, in the state it is in, and adds the souls and sessions of the copy
    /// to what it has. StaleEtag unless the stored revision is one less than the copy's and the souls follow
    /// the newest. Subject: the bot's id.
    virtual Task<Result<Receipt>> extend(BotCopy copy, Events events, Mutation mutation) = 0;
};

}  // namespace boternity::core
