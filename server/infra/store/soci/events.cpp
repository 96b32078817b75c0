#include "infra/store/soci/events.hpp"

#include "infra/store/soci/event_row.hpp"

#include <string>
#include <utility>

namespace boternity::infra::store {

void announce(Change change, const core::Events& events) {
    for (const core::Event& event : events) {
        const EventRow row = row_of(event);
        core::EventRecord record{.at = change.now, .what = event};
        Query query =
            change.db.query("INSERT INTO outbox (type, subject, bot_id, session_id, run_id, body, made_at)"
                            " VALUES (:type, :subject, :bot, :session, :run, :body, :at) RETURNING id");
        query.with(row.type)
            .with(row.subject)
            .with(row.bot)
            .with(row.session)
            .with(row.run)
            .with(row.body)
            .with(change.now)
            .into(record.id);
        query.next();
        if (change.told != nullptr) change.told->push_back(std::move(record));
    }
}

core::Task<Result<core::EventPage>> SociEventLog::read(std::int64_t after, int most) {
    return transactions_.read<core::EventPage>([after, most](Change change) -> Result<core::EventPage> {
        core::EventPage page;
        Query range = change.db.query("SELECT COALESCE(MIN(id), 0), COALESCE(MAX(id), 0) FROM outbox");
        range.into(page.oldest).into(page.newest);
        range.next();
        EventRow row;
        core::EventRecord record;
        Query query = change.db.query("SELECT id, type, bot_id, session_id, run_id, body, made_at FROM outbox"
                                      " WHERE id > :after ORDER BY id LIMIT :most");
        query.with(after).with(most).into(record.id).into(row.type).into(row.bot).into(row.session);
        query.into(row.run).into(row.body).into(record.at);
        while (query.next()) {
            BOT_TRY(what, event_from_row(row));
            record.what = std::move(what);
            page.records.push_back(record);
        }
        return page;
    });
}

void trim_outbox(Change change, long long keep) {
    change.db
        .query("DELETE FROM outbox WHERE id IN (SELECT id FROM outbox"
               " WHERE id <= (SELECT MAX(id) FROM outbox) - :keep ORDER BY id LIMIT 5000)")
        .with(keep)
        .run();
}

}  // namespace boternity::infra::store
