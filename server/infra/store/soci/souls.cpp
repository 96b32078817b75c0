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

Result<std::string> append_soul(Change change, const core::Soul& soul) {
    const auto bot = load_bot(change, soul.bot);
    if (!bot || bot->state == core::BotState::Deleted) {
        return fail(not_found("There is no such bot; list the bots to see their names."));
    }
    if (soul.version != bot->soul_version + 1) {
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
    return std::to_string(soul.version);
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

core::Task<Result<core::Receipt>> SociSoulStore::append(core::Soul soul, core::Events events,
                                                        core::Mutation mutation) {
    return transactions_.write<core::Receipt>([=](Change change) {
        return once(change, mutation, events, [&] { return append_soul(change, soul); });
    });
}

core::Task<Result<core::Soul>> SociSoulStore::find(BotId bot, int version) {
    return transactions_.read<core::Soul>([=](Change change) { return load_soul(change, bot, version); });
}

core::Task<Result<Page<core::Soul>>> SociSoulStore::list(BotId bot, PageRequest page) {
    return transactions_.read<Page<core::Soul>>([=](Change change) { return list_souls(change, bot, page); });
}

}  // namespace boternity::infra::store
