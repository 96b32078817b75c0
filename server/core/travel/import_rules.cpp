#include "core/travel/import_rules.hpp"

#include "core/bots/bot_service.hpp"
#include "core/bots/soul_service.hpp"
#include "core/bots/text_rules.hpp"
#include "core/runtime/content_hash.hpp"

#include <fmt/format.h>

#include <unordered_map>

namespace boternity::core {
namespace {

constexpr std::size_t kMaxName = 100;
constexpr std::size_t kMaxNote = 500;
constexpr std::size_t kMaxTitle = 200;
constexpr std::size_t kMaxModel = 300;
constexpr std::size_t kMaxMessageText = 4 * 1024 * 1024;
constexpr std::size_t kMaxErrorText = 64 * 1024;

/// The same error, told of an archive.
Status of_archive(Status status, const std::string& where) {
    if (status) return {};
    Error error = std::move(status).error();
    error.message = fmt::format("Nothing was imported: {}: {}", where, error.message);
    error.field = "archive";
    return fail(std::move(error));
}

Status refused(const std::string& why) {
    return fail(invalid_argument("Nothing was imported: " + why, "archive"));
}

Status check_run(const Run& run, std::size_t souls) {
    if (std::cmp_greater(run.soul_version, souls))
        return refused("a run names a soul version that is not there.");
    if (!run.ended_at || !run.started_at) return refused("a run does not say when it began and ended.");
    BOT_CHECK(of_archive(check_line(run.model, "model", 0, kMaxModel), "runs.jsonl"));
    BOT_CHECK(of_archive(check_settings(run.settings), "runs.jsonl"));
    if (run.error && run.error->message.size() > kMaxErrorText) return refused("a run's error is too long.");
    return {};
}

Status check_session(SessionCopy& copy, std::size_t souls) {
    // A title that was made from a message may hold what a person may not give.
    copy.session.title = clean_line(copy.session.title);
    BOT_CHECK(of_archive(check_line(copy.session.title, "title", 0, kMaxTitle), "session.json"));
    for (const Run& run : copy.runs) BOT_CHECK(check_run(run, souls));
    for (const Message& message : copy.messages) {
        if (message.text.size() > kMaxMessageText) return refused("a message is too long.");
        if (message.attachments.size() > kMaxMessageAttachments)
            return refused(fmt::format("a message has more than {} files.", kMaxMessageAttachments));
        if (message.text.find('\0') != std::string::npos) return refused("a message holds U+0000.");
    }
    return {};
}

}  // namespace

Status check_copy(BotCopy& copy) {
    BOT_CHECK(of_archive(check_line(copy.bot.name, "name", 1, kMaxName), "bot.json"));
    BOT_CHECK(of_archive(check_description(copy.bot.description), "bot.json"));
    BOT_CHECK(of_archive(check_settings(copy.bot.settings), "bot.json"));
    BOT_CHECK(of_archive(check_line(copy.bot.model, "model", 0, kMaxModel), "bot.json"));
    if (!is_slug(copy.bot.slug) || Uuid::parse(copy.bot.slug)) {
        return refused("bot.json: slug must be of lower-case letters, digits and hyphens, at most 63.");
    }
    for (const Soul& soul : copy.souls) {
        const std::string where = fmt::format("soul version {}", soul.version);
        if (soul.text.empty()) return refused(where + " is empty.");
        BOT_CHECK(of_archive(check_text(soul.text, "the soul", kMaxSoulBytes), where));
        BOT_CHECK(of_archive(check_line(soul.author, "author", 0, kMaxName), where));
        BOT_CHECK(of_archive(check_line(soul.note, "note", 0, kMaxNote), where));
    }
    for (SessionCopy& session : copy.sessions) BOT_CHECK(check_session(session, copy.souls.size()));
    return {};
}

void give_new_ids(BotCopy& copy, Ids& ids) {
    copy.bot.id = ids.make<BotId>();
    for (Soul& soul : copy.souls) soul.bot = copy.bot.id;
    for (SessionCopy& one : copy.sessions) {
        one.session.id = ids.make<SessionId>();
        one.session.bot = copy.bot.id;
        std::unordered_map<RunId, RunId> runs;
        std::unordered_map<MessageId, MessageId> messages;
        std::unordered_map<AttachmentId, AttachmentId> attachments;
        for (const Run& run : one.runs) runs[run.id] = ids.make<RunId>();
        for (Message& message : one.messages) {
            message.id = messages[message.id] = ids.make<MessageId>();
            message.run = runs.at(message.run);
            message.session = one.session.id;
            for (Attachment& attachment : message.attachments) {
                AttachmentId& id = attachments[attachment.id];
                if (id.empty()) id = ids.make<AttachmentId>();
                attachment.id = id;
            }
        }
        for (Run& run : one.runs) {
            run.id = run.root = runs.at(run.id);
            run.bot = copy.bot.id;
            run.session = one.session.id;
            run.input_message = messages.at(run.input_message.value_or(MessageId{}));
            if (run.output_message) run.output_message = messages.at(*run.output_message);
        }
    }
}

SoulsOnTop souls_on_top(const std::vector<Soul>& there, const std::vector<Soul>& coming, Timestamp now) {
    SoulsOnTop out;
    std::size_t same = 0;
    while (same < there.size() && same < coming.size() && there[same].hash == coming[same].hash) ++same;
    for (std::size_t i = 0; i < same; ++i) out.versions.push_back(static_cast<int>(i) + 1);
    const int newest = static_cast<int>(there.size());
    for (std::size_t i = same; i < coming.size(); ++i) {
        Soul soul = coming[i];
        soul.version = newest + static_cast<int>(out.added.size()) + 1;
        if (soul.restores > 0) soul.restores = out.versions[static_cast<std::size_t>(soul.restores) - 1];
        out.versions.push_back(soul.version);
        out.added.push_back(std::move(soul));
    }
    if (out.added.empty() && coming.back().hash != there.back().hash) {
        Soul soul = coming.back();
        soul.restores = soul.version;
        soul.note = fmt::format("import of version {}", soul.version);
        soul.version = newest + 1;
        soul.created_at = now;
        out.added.push_back(std::move(soul));
    }
    return out;
}

}  // namespace boternity::core
