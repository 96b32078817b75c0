#include "infra/store/soci/copies.hpp"

#include "infra/store/soci/attachments.hpp"
#include "infra/store/soci/bots.hpp"
#include "infra/store/soci/receipts.hpp"
#include "infra/store/soci/runs.hpp"
#include "infra/store/soci/sessions.hpp"
#include "infra/store/soci/souls.hpp"
#include "infra/store/soci/steps.hpp"

#include <map>
#include <memory>
#include <unordered_map>
#include <utility>

namespace boternity::infra::store {
namespace {

Error too_large(const core::Bot& bot) {
    return {.code = ErrorCode::TooLarge, .message = bot.slug + " is larger than a copy may be."};
}

/// Asked before the texts are read, so that a large bot costs no memory.
Status check_souls(Change change, const core::Bot& bot, const core::CopyExtent& extent) {
    const SoulsSize souls = size_of_souls(change, bot.id);
    if (std::cmp_greater(souls.count, extent.max_parts) || std::cmp_greater(souls.bytes, extent.max_bytes)) {
        return fail(too_large(bot));
    }
    return {};
}

/// The files of a message that the copy has not; `bytes` is counted up.
Status read_files(Change change, const core::Message& message, core::BotCopy& copy, std::size_t& bytes,
                  const core::CopyExtent& extent) {
    for (const core::Attachment& attachment : message.attachments) {
        if (copy.files.contains(attachment.hash)) continue;
        bytes += static_cast<std::size_t>(attachment.size_bytes);
        if (bytes > extent.max_bytes) return fail(too_large(copy.bot));
        BOT_TRY(file, load_file(change, attachment.hash));
        copy.files.emplace(attachment.hash, *file);
    }
    return {};
}

Status read_sessions(Change change, core::BotCopy& copy, const core::CopyExtent& extent) {
    auto sessions = load_sessions(change, copy.bot.id);
    // Characters, which are never more than bytes.
    if (std::cmp_greater(length_of_messages(change, copy.bot.id), extent.max_bytes) ||
        copy.souls.size() + sessions.size() > extent.max_parts) {
        return fail(too_large(copy.bot));
    }
    std::size_t bytes = core::content_bytes(copy);
    for (core::Session& session : sessions) {
        core::SessionCopy one{.runs = load_ended_runs(change, session.id),
                              .messages = load_ended_messages(change, session.id)};
        one.session = std::move(session);
        for (const core::Message& message : one.messages) {
            bytes += message.text.size();
            BOT_CHECK(read_files(change, message, copy, bytes, extent));
        }
        if (bytes > extent.max_bytes) return fail(too_large(copy.bot));
        if (!core::number_messages(one)) return fail(internal_error("a session whose runs do not fit it"));
        one.session.updated_at =
            one.messages.empty() ? one.session.created_at : one.messages.back().created_at;
        copy.sessions.push_back(std::move(one));
    }
    return {};
}

Result<core::BotCopy> read_copy(Change change, const core::BotRef& ref, const core::CopyExtent& extent) {
    core::BotCopy copy;
    BOT_TRY(bot, find_bot(change, ref));
    copy.bot = std::move(bot);
    BOT_CHECK(check_souls(change, copy.bot, extent));
    copy.souls = load_souls(change, copy.bot.id);
    if (extent.sessions) BOT_CHECK(read_sessions(change, copy, extent));
    return copy;
}

Status add_session_copy(Change change, const core::SessionCopy& copy,
                        const std::map<std::string, std::string>& files) {
    if (auto added = add_session(change, copy.session); !added) return fail(std::move(added).error());
    std::unordered_map<RunId, const core::Run*> runs;
    std::unordered_map<MessageId, const core::Message*> messages;
    for (const core::Message& message : copy.messages) messages[message.id] = &message;
    for (const core::Run& run : copy.runs) {
        runs[run.id] = &run;
        add_run(change, run);
        const auto answer = run.output_message ? messages.find(*run.output_message) : messages.end();
        put_step(change, core::step_of(run, answer == messages.end() ? nullptr : answer->second));
    }
    for (const core::Message& message : copy.messages) {
        for (const core::Attachment& attachment : message.attachments) {
            if (!has_attachment(change, attachment.id))
                add_attachment(change, attachment, files.at(attachment.hash));
        }
        BOT_CHECK(insert_message(change, message, runs.at(message.run)->input_position));
    }
    return {};
}

Result<std::string> insert_copy(Change change, const core::BotCopy& copy) {
    BOT_TRY(id, add_bot(change, copy.bot, copy.souls.front()));
    for (std::size_t i = 1; i < copy.souls.size(); ++i) add_soul(change, copy.souls[i]);
    for (const core::SessionCopy& session : copy.sessions)
        BOT_CHECK(add_session_copy(change, session, copy.files));
    return id;
}

Result<std::string> extend_bot(Change change, const core::BotCopy& copy) {
    const auto stored = load_bot(change, copy.bot.id);
    if (!stored || stored->state == core::BotState::Deleted) {
        return fail(not_found("There is no such bot; list the bots to see their names."));
    }
    const bool follows = copy.souls.empty() || copy.souls.front().version == stored->soul_version + 1;
    if (stored->revision + 1 != copy.bot.revision || !follows) {
        return fail(ErrorCode::StaleEtag, "The bot was changed meanwhile; try again.");
    }
    core::Bot bot = copy.bot;
    bot.state = stored->state;
    BOT_CHECK(rewrite_bot(change, bot));
    for (const core::Soul& soul : copy.souls) add_soul(change, soul);
    if (!copy.souls.empty()) set_newest(change, copy.bot.id, copy.souls.back().version);
    for (const core::SessionCopy& session : copy.sessions)
        BOT_CHECK(add_session_copy(change, session, copy.files));
    return copy.bot.id.text();
}

}  // namespace

core::Task<Result<core::BotCopy>> SociBotCopies::read(core::BotRef ref, core::CopyExtent extent) {
    return transactions_.read<core::BotCopy>([=](Change change) { return read_copy(change, ref, extent); });
}

// The copy may be of many megabytes: it is shared, not copied with the work.
core::Task<Result<core::Receipt>> SociBotCopies::insert(core::BotCopy copy, core::Events events,
                                                        core::Mutation mutation) {
    const auto shared = std::make_shared<const core::BotCopy>(std::move(copy));
    return transactions_.write<core::Receipt>(WriteName::AddCopy, [=](Change change) {
        return once(change, mutation, events, [&] { return insert_copy(change, *shared); });
    });
}

core::Task<Result<core::Receipt>> SociBotCopies::extend(core::BotCopy copy, core::Events events,
                                                        core::Mutation mutation) {
    const auto shared = std::make_shared<const core::BotCopy>(std::move(copy));
    return transactions_.write<core::Receipt>(WriteName::ExtendCopy, [=](Change change) {
        return once(change, mutation, events, [&] { return extend_bot(change, *shared); });
    });
}

}  // namespace boternity::infra::store
