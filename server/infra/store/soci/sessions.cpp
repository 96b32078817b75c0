#include "infra/store/soci/sessions.hpp"

#include "infra/store/soci/attachments.hpp"
#include "infra/store/soci/bots.hpp"
#include "infra/store/soci/page_token.hpp"
#include "infra/store/soci/receipts.hpp"

#include <algorithm>
#include <limits>

namespace boternity::infra::store {
namespace {

constexpr SqlPiece kColumns(" id, bot_id, title, message_count, created_at, updated_at ");
constexpr SqlPiece
    kMessageColumns(" id, session_id, run_id, role, state, position, created_at, attachment_count, body ");

void into_session(Query& query, core::Session& session) {
    query.into(session.id).into(session.bot).into(session.title).into(session.message_count);
    query.into(session.created_at).into(session.updated_at);
}

/// A message as its row has it: the files that came with it are in other rows.
struct MessageRow {
    core::Message message{};
    int attachments = 0;
};

void into_message(Query& query, MessageRow& row) {
    core::Message& message = row.message;
    query.into(message.id).into(message.session).into(message.run).into(message.role).into(message.state);
    query.into(message.position).into(message.created_at).into(row.attachments).into(message.text);
}

core::Message whole(Change change, const MessageRow& row) {
    core::Message message = row.message;
    if (row.attachments > 0) message.attachments = load_attachments_of(change, message.id);
    return message;
}

Error no_such_session() {
    return not_found("There is no such session; list the bot's sessions.");
}

Result<Page<core::Session>> list_sessions(Change change, BotId bot, const PageRequest& request) {
    BOT_TRY(after,
            read_page_token("sessions", request.token, {std::numeric_limits<std::int64_t>::max(), ""}));
    const long long limit = page_size(request) + 1;
    core::Session session;
    std::vector<core::Session> rows;
    Query query = change.db.query(kSql<"SELECT", kColumns,
                                       "FROM sessions WHERE bot_id = :bot AND (updated_at, id) < (:at, :id)"
                                       " ORDER BY updated_at DESC, id DESC LIMIT :limit">);
    into_session(query.with(bot).with(after.number).with(after.text).with(limit), session);
    while (query.next()) rows.push_back(session);
    return cut_page(std::move(rows), request, "sessions", [](const core::Session& last) {
        return PageKey{last.updated_at.micros, last.id.text()};
    });
}

Result<Page<core::Message>> list_messages(Change change, SessionId session, const PageRequest& request) {
    if (!load_session(change, session)) return fail(no_such_session());
    BOT_TRY(after, read_page_token("messages", request.token, {0, ""}));
    const long long limit = page_size(request) + 1;
    MessageRow message;
    std::vector<core::Message> rows;
    Query query = change.db.query(kSql<"SELECT", kMessageColumns,
                                       "FROM messages WHERE session_id = :session AND position > :after"
                                       " ORDER BY position LIMIT :limit">);
    into_message(query.with(session).with(after.number).with(limit), message);
    while (query.next()) rows.push_back(whole(change, message));
    return cut_page(std::move(rows), request, "messages",
                    [](const core::Message& last) { return PageKey{last.position, ""}; });
}

}  // namespace

std::optional<core::Session> load_session(Change change, SessionId id) {
    core::Session session;
    Query query = change.db.query(kSql<"SELECT", kColumns, "FROM sessions WHERE id = :id">);
    into_session(query.with(id), session);
    if (!query.next()) return std::nullopt;
    return session;
}

Result<core::Message> load_message(Change change, MessageId id) {
    MessageRow message;
    Query query = change.db.query(kSql<"SELECT", kMessageColumns, "FROM messages WHERE id = :id">);
    into_message(query.with(id), message);
    if (!query.next()) return fail(not_found("There is no such message; list the session's messages."));
    return whole(change, message);
}

Result<std::string> add_session(Change change, const core::Session& session) {
    const auto bot = load_bot(change, session.bot);
    if (!bot || bot->state == core::BotState::Deleted) {
        return fail(not_found("There is no such bot; list the bots to see their names."));
    }
    if (load_session(change, session.id)) {
        return fail(ErrorCode::AlreadyExists, "There is a session with this id.");
    }
    change.db
        .query(kSql<"INSERT INTO sessions (", kColumns,
                    ") VALUES (:id, :bot, :title, :count, :created_at, :updated_at)">)
        .with(session.id)
        .with(session.bot)
        .with(session.title)
        .with(session.message_count)
        .with(session.created_at)
        .with(session.updated_at)
        .run();
    return session.id.text();
}

Status insert_message(Change change, const core::Message& message, int turn) {
    const auto attachments = static_cast<int>(message.attachments.size());
    change.db
        .query(
            kSql<"INSERT INTO messages (", kMessageColumns,
                 ", turn) VALUES (:id, :session, :run, :role, :state, :position, :at, :files, :body, :turn)">)
        .with(message.id)
        .with(message.session)
        .with(message.run)
        .with(message.role)
        .with(message.state)
        .with(message.position)
        .with(message.created_at)
        .with(attachments)
        .with(message.text)
        .with(turn)
        .run();
    return attach(change, message);
}

std::vector<core::Session> load_sessions(Change change, BotId bot) {
    core::Session session;
    std::vector<core::Session> rows;
    Query query = change.db.query(
        kSql<"SELECT", kColumns, "FROM sessions WHERE bot_id = :bot ORDER BY created_at, id">);
    into_session(query.with(bot), session);
    while (query.next()) rows.push_back(session);
    return rows;
}

long long length_of_messages(Change change, BotId bot) {
    long long length = 0;
    Query query = change.db.query("SELECT COALESCE(SUM(LENGTH(body)), 0) FROM messages"
                                  " WHERE session_id IN (SELECT id FROM sessions WHERE bot_id = :bot)");
    query.with(bot).into(length).next();
    return length;
}

std::vector<core::Message> load_ended_messages(Change change, SessionId session) {
    MessageRow message;
    std::vector<core::Message> rows;
    Query query = change.db.query(
        kSql<"SELECT", kMessageColumns,
             "FROM messages WHERE session_id = :session AND run_id IN (SELECT id FROM runs WHERE"
             " session_id = :too AND state IN ('completed', 'failed', 'cancelled')) ORDER BY position">);
    into_message(query.with(session).with(session), message);
    while (query.next()) rows.push_back(whole(change, message));
    return rows;
}

History load_history(Change change, const core::Session& session, int turn, std::size_t max_bytes) {
    int not_before = 0;
    Query later = change.db.query("SELECT COUNT(*) FROM messages WHERE session_id = :session"
                                  " AND position >= :turn AND turn >= :turn_too");
    later.with(session.id).with(turn).with(turn).into(not_before).next();

    struct Said {
        int turn = 0;
        core::Message message{};
    };
    MessageRow row;
    int its_turn = 0;
    std::vector<Said> newest;
    std::size_t bytes = 0;
    Query query = change.db.query(kSql<"SELECT", kMessageColumns,
                                       ", turn FROM messages WHERE session_id = :session AND turn < :turn"
                                       " ORDER BY position DESC">);
    into_message(query.with(session.id).with(turn), row);
    query.into(its_turn);
    while (query.next()) {
        bytes += row.message.text.size();
        if (bytes > max_bytes) break;
        newest.push_back({its_turn, whole(change, row)});
    }
    std::ranges::sort(newest, {},
                      [](const Said& said) { return std::pair(said.turn, said.message.position); });
    History history{.total = session.message_count - not_before};
    history.messages.reserve(newest.size());
    for (Said& said : newest) history.messages.push_back(std::move(said.message));
    return history;
}

Result<core::Message> add_message(Change change, core::Session& session, core::Message message, int turn) {
    message.session = session.id;
    message.position = ++session.message_count;
    session.updated_at = message.created_at;
    BOT_CHECK(insert_message(change, message, turn));
    change.db
        .query("UPDATE sessions SET title = :title, message_count = :count, updated_at = :at WHERE id = :id")
        .with(session.title)
        .with(session.message_count)
        .with(session.updated_at)
        .with(session.id)
        .run();
    return message;
}

core::Task<Result<core::Receipt>> SociSessionStore::insert(core::Session session, core::Events events,
                                                           core::Mutation mutation) {
    return transactions_.write<core::Receipt>(WriteName::AddSession, [=](Change change) {
        return once(change, mutation, events, [&] { return add_session(change, session); });
    });
}

core::Task<Result<core::Session>> SociSessionStore::find(SessionId id) {
    return transactions_.read<core::Session>([=](Change change) -> Result<core::Session> {
        auto session = load_session(change, id);
        if (!session) return fail(no_such_session());
        return *std::move(session);
    });
}

core::Task<Result<Page<core::Session>>> SociSessionStore::list(BotId bot, PageRequest page) {
    return transactions_.read<Page<core::Session>>(
        [=](Change change) { return list_sessions(change, bot, page); });
}

core::Task<Result<Page<core::Message>>> SociSessionStore::messages(SessionId session, PageRequest page) {
    return transactions_.read<Page<core::Message>>(
        [=](Change change) { return list_messages(change, session, page); });
}

core::Task<Result<core::Message>> SociSessionStore::message(MessageId id) {
    return transactions_.read<core::Message>([=](Change change) { return load_message(change, id); });
}

}  // namespace boternity::infra::store
