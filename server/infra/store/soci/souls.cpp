#include "infra/store/soci/souls.hpp"

#include "infra/store/soci/bots.hpp"
#include "infra/store/soci/page_token.hpp"
#include "infra/store/soci/receipts.hpp"

#include <limits>

namespace boternity::infra::store {
namespace {

constexpr SqlPiece kColumns(" bot_id, version, hash, author, note, restores, size_bytes, created_at ");

void into_soul(Query& query, core::Soul& soul) {
    query.into(soul.bot).into(soul.version).into(soul.hash).into(soul.author).into(soul.note);
    query.into(soul.restores).into(soul.size_bytes).into(soul.created_at);
}

/// A bot that is not deleted, and its newest version.
Result<core::SoulGround> read_ground(Change change, BotId id) {
    auto bot = load_bot(change, id);
    if (!bot || bot->state == core::BotState::Deleted) {
        return fail(not_found("There is no such bot; list the bots to see their names."));
    }
    core::SoulGround ground{.bot = *std::move(bot)};
    Query query =
        change.db.query(kSql<"SELECT", kColumns, "FROM souls WHERE bot_id = :bot AND version = :version">);
    into_soul(query.with(id).with(ground.bot.soul_version), ground.newest);
    if (!query.next()) return fail(internal_error("a bot without its soul"));
    return ground;
}

Status add_newest(Change change, const core::Bot& bot, const core::Soul& soul) {
    if (soul.version != bot.soul_version + 1) {
        return fail(ErrorCode::StaleEtag,
                    "The soul has a newer version; read it again and repeat the change.");
    }
    add_soul(change, soul);
    change.db
        .query("UPDATE bots SET soul_version = :version, revision = revision + 1, updated_at = :at"
               " WHERE id = :id")
        .with(soul.version)
        .with(soul.created_at)
        .with(soul.bot)
        .run();
    return {};
}

Result<core::SoulAppended> append_soul(Change change, BotId bot, const core::DecideSoul& decide,
                                       const core::Mutation& mutation) {
    core::SoulAppended appended;
    core::Events events;
    BOT_TRY(receipt, once(change, mutation, events, [&]() -> Result<std::string> {
                BOT_TRY(ground, read_ground(change, bot));
                BOT_TRY(append, decide(ground));
                if (append.soul) BOT_CHECK(add_newest(change, ground.bot, *append.soul));
                events = std::move(append.events);
                appended.soul = std::move(append.soul);
                return std::to_string(appended.soul ? appended.soul->version : ground.newest.version);
            }));
    appended.receipt = std::move(receipt);
    return appended;
}

Result<Page<core::Soul>> list_souls(Change change, BotId bot, const PageRequest& request) {
    BOT_TRY(after, read_page_token("souls", request.token, {std::numeric_limits<std::int64_t>::max(), ""}));
    const long long limit = page_size(request) + 1;
    core::Soul soul;
    std::vector<core::Soul> rows;
    Query query = change.db.query(kSql<"SELECT", kColumns,
                                       "FROM souls WHERE bot_id = :bot AND version < :before"
                                       " ORDER BY version DESC LIMIT :limit">);
    into_soul(query.with(bot).with(after.number).with(limit), soul);
    while (query.next()) rows.push_back(soul);
    return cut_page(std::move(rows), request, "souls",
                    [](const core::Soul& last) { return PageKey{last.version, ""}; });
}

}  // namespace

Result<core::Soul> load_soul(Change change, BotId bot, int version) {
    core::Soul soul;
    Query query = change.db.query(
        kSql<"SELECT", kColumns, ", body FROM souls WHERE bot_id = :bot AND version = :version">);
    into_soul(query.with(bot).with(version), soul);
    if (!query.into(soul.text).next()) {
        return fail(not_found("The bot has no such soul version; list its souls."));
    }
    return soul;
}

SoulsSize size_of_souls(Change change, BotId bot) {
    SoulsSize size;
    Query query =
        change.db.query("SELECT COUNT(*), COALESCE(SUM(size_bytes), 0) FROM souls WHERE bot_id = :bot");
    query.with(bot).into(size.count).into(size.bytes).next();
    return size;
}

std::vector<core::Soul> load_souls(Change change, BotId bot) {
    core::Soul soul;
    std::vector<core::Soul> rows;
    Query query =
        change.db.query(kSql<"SELECT", kColumns, ", body FROM souls WHERE bot_id = :bot ORDER BY version">);
    into_soul(query.with(bot), soul);
    query.into(soul.text);
    while (query.next()) rows.push_back(soul);
    return rows;
}

void set_newest(Change change, BotId bot, int version) {
    change.db.query("UPDATE bots SET soul_version = :version WHERE id = :id").with(version).with(bot).run();
}

void add_soul(Change change, const core::Soul& soul) {
    change.db
        .query(kSql<"INSERT INTO souls (", kColumns,
                    ", body) VALUES (:bot, :version, :hash, :author, :note, :restores, :size, :at, :body)">)
        .with(soul.bot)
        .with(soul.version)
        .with(soul.hash)
        .with(soul.author)
        .with(soul.note)
        .with(soul.restores)
        .with(soul.size_bytes)
        .with(soul.created_at)
        .with(soul.text)
        .run();
}

core::Task<Result<core::SoulAppended>> SociSoulStore::append(BotId bot, core::DecideSoul decide,
                                                             core::Mutation mutation) {
    return transactions_.write<core::SoulAppended>(
        WriteName::AddSoul, [=](Change change) { return append_soul(change, bot, decide, mutation); });
}

core::Task<Result<core::Soul>> SociSoulStore::find(BotId bot, int version) {
    return transactions_.read<core::Soul>([=](Change change) { return load_soul(change, bot, version); });
}

core::Task<Result<Page<core::Soul>>> SociSoulStore::list(BotId bot, PageRequest page) {
    return transactions_.read<Page<core::Soul>>([=](Change change) { return list_souls(change, bot, page); });
}

}  // namespace boternity::infra::store
