#pragma once

#include "core/bots/bot.hpp"
#include "core/runs/step.hpp"
#include "core/sessions/session.hpp"

#include <cstddef>
#include <map>
#include <string>
#include <vector>

namespace boternity::core {

/// A conversation with all that is needed to go on with it: the runs that have ended and what was said in
/// them, each in order. Positions and `message_count` are of the copy, without gaps.
struct SessionCopy {
    Session session{};
    std::vector<Run> runs{};
    std::vector<Message> messages{};
    bool operator==(const SessionCopy&) const = default;
};

/// All that travels of one bot.
struct BotCopy {
    Bot bot{};
    std::vector<Soul> souls{};  ///< with their texts, by version
    std::vector<SessionCopy> sessions{};
    std::map<std::string, std::string> files{};  ///< those that messages name: bytes by their hash
    bool operator==(const BotCopy&) const = default;
};

/// Bytes of texts and files in a copy, the measure of how large it is.
std::size_t content_bytes(const BotCopy& copy) noexcept;

/// The one step of a run that was copied: what was said, as one piece. `answer` may be null.
Step step_of(const Run& run, const Message* answer);

/// Numbers the messages of a session from 1, in their order, and tells its runs where their input stands.
/// False when they do not fit together: a message without its run, or a run without its message.
bool number_messages(SessionCopy& session);

}  // namespace boternity::core
