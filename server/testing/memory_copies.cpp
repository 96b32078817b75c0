#include "testing/memory_state.hpp"

#include <algorithm>

namespace boternity::testing {

core::SessionCopy MemoryState::copy_of(const core::Session& session) const {
    core::SessionCopy copy{.session = session};
    for (const auto& [id, run] : runs_) {
        if (run.session == session.id && run.kind == core::RunKind::Turn && core::has_ended(run.state))
            copy.runs.push_back(run);
    }
    for (const auto& [place, message] : messages_) {
        if (place.first == session.id && core::has_ended(runs_.at(message.run).state))
            copy.messages.push_back(message);
    }
    core::number_messages(copy);
    copy.session.updated_at = copy.messages.empty() ? session.created_at : copy.messages.back().created_at;
    return copy;
}

Result<core::BotCopy> MemoryState::copy(const core::BotRef& ref, const core::CopyExtent& extent) const {
    BOT_TRY(bot, find(ref));
    core::BotCopy copy{.bot = bot};
    for (const auto& [key, soul] : souls_) {
        if (key.first == bot.id) copy.souls.push_back(soul);
    }
    for (const auto& [id, session] : sessions_) {
        if (extent.sessions && session.bot == bot.id) copy.sessions.push_back(copy_of(session));
    }
    std::ranges::sort(copy.sessions, {}, [](const core::SessionCopy& one) {
        return std::pair(one.session.created_at, one.session.id);
    });
    for (const core::SessionCopy& one : copy.sessions) {
        for (const core::Message& message : one.messages) {
            for (const core::Attachment& file : message.attachments)
                copy.files.emplace(file.hash, *files_.at(file.hash));
        }
    }
    const bool fits = copy.souls.size() + copy.sessions.size() <= extent.max_parts &&
                      core::content_bytes(copy) <= extent.max_bytes;
    if (!fits) return fail(ErrorCode::TooLarge, bot.slug + " is larger than a copy may be.");
    return copy;
}

void MemoryState::add_copies(const core::BotCopy& copy) {
    for (const core::Soul& soul : copy.souls) souls_[{soul.bot, soul.version}] = soul;
    for (const core::SessionCopy& one : copy.sessions) {
        sessions_[one.session.id] = one.session;
        for (const core::Message& message : one.messages) {
            places_[message.id] = {message.session, message.position};
            messages_[{message.session, message.position}] = message;
            for (const core::Attachment& file : message.attachments) {
                attachments_.emplace(file.id, file);
                files_.emplace(file.hash, std::make_shared<const std::string>(copy.files.at(file.hash)));
            }
        }
        for (const core::Run& run : one.runs) {
            runs_[run.id] = run;
            const core::Message* answer =
                run.output_message ? &messages_.at(places_.at(*run.output_message)) : nullptr;
            steps_[{run.id, 1}] = core::step_of(run, answer);
        }
    }
}

Result<core::Receipt> MemoryState::insert(core::BotCopy copy, core::Events events, core::Mutation mutation) {
    return once(mutation, events, [&]() -> Result<std::string> {
        if (bots_.contains(copy.bot.id)) {
            return fail(ErrorCode::AlreadyExists, "There is a bot with this id.");
        }
        BOT_CHECK(slug_free(copy.bot));
        bots_[copy.bot.id] = copy.bot;
        add_copies(copy);
        return copy.bot.id.text();
    });
}

Result<core::Receipt> MemoryState::extend(core::BotCopy copy, core::Events events, core::Mutation mutation) {
    return once(mutation, events, [&]() -> Result<std::string> {
        const core::Bot* stored = living(copy.bot.id);
        if (stored == nullptr) {
            return fail(not_found("There is no such bot; list the bots to see their names."));
        }
        const bool follows = copy.souls.empty() || copy.souls.front().version == stored->soul_version + 1;
        if (stored->revision + 1 != copy.bot.revision || !follows) {
            return fail(ErrorCode::StaleEtag, "The bot was changed meanwhile; try again.");
        }
        core::Bot bot = copy.bot;
        bot.state = stored->state;
        bot.soul_version = copy.souls.empty() ? stored->soul_version : copy.souls.back().version;
        BOT_CHECK(slug_free(bot));
        bots_[bot.id] = bot;
        add_copies(copy);
        return bot.id.text();
    });
}

}  // namespace boternity::testing
