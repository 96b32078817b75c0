#pragma once

#include "core/ports/ids.hpp"
#include "core/travel/bot_copy.hpp"
#include "core/travel/openclaw.hpp"
#include "types/result.hpp"

#include <string>
#include <vector>

namespace boternity::core {

/// Whether a bot from an archive is one that this platform could have made: every text and number within the
/// limits that the API has. InvalidArgument or TooLarge with field "archive".
Status check_copy(BotCopy& copy);

/// Gives bot, sessions, runs, messages and attachments new ids, and every reference with them.
void give_new_ids(BotCopy& copy, Ids& ids);

/// How a copy's souls go on top of those that a bot has.
struct SoulsOnTop {
    std::vector<Soul> added{};    ///< numbered behind the newest that is there
    std::vector<int> versions{};  ///< what version n of the copy has become, at n - 1
};

/// The souls that are the same from the first on stay; what follows comes on top. When the copy only has
/// older ones, its newest comes back as a new version. History is never changed.
SoulsOnTop souls_on_top(const std::vector<Soul>& there, const std::vector<Soul>& coming, Timestamp now);

}  // namespace boternity::core
