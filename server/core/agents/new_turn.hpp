#pragma once

#include "core/ports/run_journal.hpp"
#include "types/id.hpp"
#include "types/result.hpp"
#include "types/time.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace boternity::core {

inline constexpr std::size_t kMaxMessageBytes = 256 * 1024;

/// What somebody said, and the ids it will have.
struct NewTurn {
    RunId id{};
    MessageId message{};
    std::string text{};
    std::vector<Attachment> attachments{};
    Timestamp now{};
};

/// InvalidArgument for a text that says nothing or holds NUL, TooLarge beyond kMaxMessageBytes. `field` is
/// its name in the request.
Status check_message(const std::string& text, std::string_view field = "text");

/// The bot as being talked to leaves it, and the event of that; nothing when that changes nothing. WrongState
/// when it is not to be talked to.
Result<std::optional<Bot>> talked_to(const Bot& bot, Timestamp now, Events& events);

/// The turn as it begins in this session, with the bot's soul, model and settings of now. A pure function.
TurnBegin turn_of(const NewTurn& wanted, const TurnGround& ground);

}  // namespace boternity::core
