#include "core/agents/new_turn.hpp"

#include "core/bots/lifecycle.hpp"
#include "core/text/cut_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace boternity::core {
namespace {

constexpr std::size_t kMaxTitle = 60;

/// The beginning of the first message, on one line.
std::string title_from(const std::string& text) {
    std::string title(beginning_of(text, kMaxTitle));
    std::ranges::replace_if(
        title, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, ' ');
    return title;
}

}  // namespace

Status check_message(const std::string& text, std::string_view field) {
    const std::string name(field);
    if (text.find_first_not_of(" \t\r\n") == std::string::npos) {
        return fail(invalid_argument(name + " must not be empty: say something to the bot.", name));
    }
    if (text.size() > kMaxMessageBytes) {
        return fail(Error{.code = ErrorCode::TooLarge,
                          .message = fmt::format("{} has {} bytes; at most {} are allowed. Send it in parts.",
                                                 name, text.size(), kMaxMessageBytes),
                          .field = name});
    }
    if (text.find('\0') != std::string::npos) {
        return fail(invalid_argument(name + " must not contain NUL characters.", name));
    }
    return {};
}

Result<std::optional<Bot>> talked_to(const Bot& bot, Timestamp now, Events& events) {
    BOT_TRY(state, next_state(bot, "speak"));
    if (state == bot.state) return std::nullopt;
    events.push_back(BotStateChanged{.bot = bot.id, .from = bot.state, .to = state});
    Bot moved = bot;
    moved.state = state;
    moved.revision += 1;
    moved.updated_at = now;
    return moved;
}

TurnBegin turn_of(const NewTurn& wanted, const TurnGround& ground) {
    const auto& [session, bot] = ground;
    Run run{.id = wanted.id,
            .root = wanted.id,
            .bot = bot.id,
            .session = session.id,
            .model = bot.model,
            .soul_version = bot.soul_version,
            .settings = bot.settings,
            .input_message = wanted.message,
            .created_at = wanted.now,
            .moved_at = wanted.now};
    return {.run = std::move(run),
            .message = {.id = wanted.message,
                        .session = session.id,
                        .run = wanted.id,
                        .role = Role::User,
                        .text = wanted.text,
                        .attachments = wanted.attachments,
                        .created_at = wanted.now},
            .step = {.run = wanted.id, .input = ModelInput{.model = bot.model}, .started_at = wanted.now},
            .title = title_from(wanted.text),
            .events = {RunQueued{.run = wanted.id, .session = session.id, .bot = bot.id, .root = wanted.id}}};
}

}  // namespace boternity::core
