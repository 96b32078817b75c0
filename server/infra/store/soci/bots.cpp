#include "infra/store/soci/bots.hpp"

#include "infra/store/soci/page_token.hpp"
#include "infra/store/soci/receipts.hpp"
#include "infra/store/soci/souls.hpp"

#include <limits>

namespace boternity::infra::store {
namespace {

constexpr SqlPiece kColumns(" id, slug, name, description, state, model, settings,"
                            " soul_version, revision, created_at, updated_at ");

void into_bot(Query& query, core::Bot& bot) {
    query.into(bot.id).into(bot.slug).into(bot.name).into(bot.description).into(bot.state).into(bot.model);
    query.into(bot.settings)
        .into(bot.soul_version)
        .into(bot.revision)
        .into(bot.created_at)
        .into(bot.updated_at);
}

Error no_such_bot() {
    return not_found("There is no such bot; list the bots to see their names.");
}

/// Whether another bot that is not deleted has the slug.
Status slug_free(Change change, const core::Bot& bot) {
    BotId holder;
    Query query =
        change.db.query("SELECT id FROM bots WHERE slug = :slug AND state <> 'deleted' AND id <> :id");
    query.with(bot.slug).with(bot.id).into(holder);
    if (!query.next()) return {};
    return fail(ErrorCode::AlreadyExists, "There is a bot with this slug; choose another name.");
}

Result<core::BotUpdated> update_bot(Change change, const core::BotRef& ref, const core::DecideBot& decide,
                                    const core::Mutation& mutation) {
    core::BotUpdated updated;
    core::Events events;
    BOT_TRY(receipt, once(change, mutation, events, [&]() -> Result<std::string> {
                BOT_TRY(stored, find_bot(change, ref));
                BOT_TRY(update, decide(stored));
                update.bot.soul_version = stored.soul_version;
                if (update.bot != stored) BOT_CHECK(rewrite_bot(change, update.bot));
                events = update.events;
                updated.update = std::move(update);
                return stored.id.text();
            }));
    updated.receipt = std::move(receipt);
    return updated;
}

Result<Page<core::Bot>> list_bots(Change change, const PageRequest& request) {
    BOT_TRY(after, read_page_token("bots", request.token, {std::numeric_limits<std::int64_t>::min(), ""}));
    const long long limit = page_size(request) + 1;
    core::Bot bot;
    std::vector<core::Bot> rows;
    Query query = change.db.query(kSql<"SELECT", kColumns,
                                       "FROM bots WHERE state <> 'deleted' AND (created_at, id) > (:at, :id)"
                                       " ORDER BY created_at, id LIMIT :limit">);
    into_bot(query.with(after.number).with(after.text).with(limit), bot);
    while (query.next()) rows.push_back(bot);
    return cut_page(std::move(rows), request, "bots",
                    [](const core::Bot& last) { return PageKey{last.created_at.micros, last.id.text()}; });
}

}  // namespace

std::optional<core::Bot> load_bot(Change change, BotId id) {
    core::Bot bot;
    Query query = change.db.query(kSql<"SELECT", kColumns, "FROM bots WHERE id = :id">);
    into_bot(query.with(id), bot);
    if (!query.next()) return std::nullopt;
    return bot;
}

Result<std::string> add_bot(Change change, const core::Bot& bot, const core::Soul& soul) {
    if (load_bot(change, bot.id)) return fail(ErrorCode::AlreadyExists, "There is a bot with this id.");
    BOT_CHECK(slug_free(change, bot));
    change.db
        .query(kSql<"INSERT INTO bots (", kColumns,
                    ") VALUES (:id, :slug, :name, :description, :state, :model, :settings,"
                    " :soul_version, :revision, :created_at, :updated_at)">)
        .with(bot.id)
        .with(bot.slug)
        .with(bot.name)
        .with(bot.description)
        .with(bot.state)
        .with(bot.model)
        .with(bot.settings)
        .with(bot.soul_version)
        .with(bot.revision)
        .with(bot.created_at)
        .with(bot.updated_at)
        .run();
    add_soul(change, soul);
    return bot.id.text();
}

Status rewrite_bot(Change change, const core::Bot& bot) {
    if (bot.state != core::BotState::Deleted) BOT_CHECK(slug_free(change, bot));
    change.db
        .query("UPDATE bots SET slug = :slug, name = :name, description = :description, state = :state,"
               " model = :model, settings = :settings,"
               " revision = :revision, created_at = :created_at, updated_at = :updated_at WHERE id = :id")
        .with(bot.slug)
        .with(bot.name)
        .with(bot.description)
        .with(bot.state)
        .with(bot.model)
        .with(bot.settings)
        .with(bot.revision)
        .with(bot.created_at)
        .with(bot.updated_at)
        .with(bot.id)
        .run();
    return {};
}

Result<core::Bot> find_bot(Change change, const core::BotRef& ref) {
    if (const auto id = BotId::parse(ref.text)) {
        const auto bot = load_bot(change, *id);
        if (bot && bot->state != core::BotState::Deleted) return *bot;
    }
    core::Bot bot;
    Query query =
        change.db.query(kSql<"SELECT", kColumns, "FROM bots WHERE slug = :slug AND state <> 'deleted'">);
    into_bot(query.with(ref.text), bot);
    if (!query.next()) return fail(no_such_bot());
    return bot;
}

bool move_bot(Change change, const core::Bot& wanted) {
    const auto stored = load_bot(change, wanted.id);
    if (!stored || stored->state == core::BotState::Deleted) return false;
    if (stored->revision + 1 != wanted.revision && stored->state != core::BotState::Created) return false;
    change.db
        .query("UPDATE bots SET state = :state, revision = revision + 1, updated_at = :at WHERE id = :id")
        .with(wanted.state)
        .with(wanted.updated_at)
        .with(wanted.id)
        .run();
    return true;
}

core::Task<Result<core::Receipt>> SociBotStore::insert(core::Bot bot, core::Soul soul, core::Events events,
                                                       core::Mutation mutation) {
    return transactions_.write<core::Receipt>(WriteName::AddBot, [=](Change change) {
        return once(change, mutation, events, [&] { return add_bot(change, bot, soul); });
    });
}

core::Task<Result<core::Bot>> SociBotStore::find(core::BotRef ref) {
    return transactions_.read<core::Bot>([=](Change change) { return find_bot(change, ref); });
}

core::Task<Result<Page<core::Bot>>> SociBotStore::list(PageRequest page) {
    return transactions_.read<Page<core::Bot>>([=](Change change) { return list_bots(change, page); });
}

core::Task<Result<core::BotUpdated>> SociBotStore::update(core::BotRef ref, core::DecideBot decide,
                                                          core::Mutation mutation) {
    return transactions_.write<core::BotUpdated>(
        WriteName::ChangeBot, [=](Change change) { return update_bot(change, ref, decide, mutation); });
}

}  // namespace boternity::infra::store
