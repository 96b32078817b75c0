#pragma once

#include "core/bots/bot.hpp"
#include "core/ports/bot_store.hpp"
#include "core/ports/clock.hpp"
#include "core/runtime/context.hpp"
#include "types/page.hpp"

#include <string>

namespace boternity::core {

inline constexpr std::size_t kMaxSoulBytes = 256 * 1024;

struct NewSoul {
    std::string text{};
    std::string note{};
    std::string author{};      ///< "owner" when empty
    int expected_version = 0;  ///< StaleEtag unless it is the newest; no check when 0
};

struct SoulDiff {
    int from = 0;
    int to = 0;
    std::string diff{};  ///< unified, 3 lines of context; empty when equal
    int added_lines = 0;
    int removed_lines = 0;
};

/// The versions of a bot's SOUL.md. Threads and errors as BotService.
class SoulService {
public:
    SoulService(BotStore& bots, SoulStore& souls, Receipts& receipts, Clock& clock);

    /// The text of the newest version again makes none and answers that version.
    Task<Result<Soul>> create(BotRef bot, NewSoul wanted, CallContext context);
    Task<Result<Page<Soul>>> list(BotRef bot, PageRequest page);
    Task<Result<Soul>> get(BotRef bot, int version);
    /// `to` 0 means the newest.
    Task<Result<SoulDiff>> diff(BotRef bot, int from, int to);
    /// A new version with the text of `version`.
    Task<Result<Soul>> rollback(BotRef bot, int version, std::string note, std::string author,
                                CallContext context);

private:
    Task<Result<Soul>> append(BotId bot, DecideSoul decide, Mutation mutation);

    BotStore& bots_;
    SoulStore& souls_;
    Receipts& receipts_;
    Clock& clock_;
};

}  // namespace boternity::core
