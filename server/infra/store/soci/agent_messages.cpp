#include "infra/store/soci/agent_messages.hpp"

namespace boternity::infra::store {

Status add_agent_message(Change change, const core::AgentMessage& message) {
    if (message.kind == core::AgentMessageKind::Text) {
        int unread = 0;
        change.db
            .query("SELECT COUNT(*) FROM agent_messages WHERE to_run = :run AND taken_step IS NULL"
                   " AND kind = 'text'")
            .with(message.to)
            .into(unread)
            .next();
        if (unread >= core::RunJournal::kMaxUnread) {
            return fail(ErrorCode::RateLimited,
                        "Its inbox is full; it reads before it can be written to again.");
        }
    }
    int position = 1;
    change.db.query("SELECT COALESCE(MAX(position), 0) + 1 FROM agent_messages WHERE to_run = :run")
        .with(message.to)
        .into(position)
        .next();
    change.db
        .query("INSERT INTO agent_messages (to_run, position, from_run, sender, kind, sent_at, body)"
               " VALUES (:to, :position, :from, :sender, :kind, :at, :body)")
        .with(message.to)
        .with(position)
        .with(message.from)
        .with(message.sender)
        .with(message.kind)
        .with(message.sent_at)
        .with(message.text)
        .run();
    return {};
}

void take_agent_message(Change change, RunId run, const core::Taken& taken) {
    change.db
        .query("UPDATE agent_messages SET taken_step = :step WHERE to_run = :run AND position = :position"
               " AND taken_step IS NULL")
        .with(taken.step)
        .with(run)
        .with(taken.position)
        .run();
}

std::vector<core::AgentMessage> load_inbox(Change change, RunId run) {
    core::AgentMessage message;
    std::vector<core::AgentMessage> inbox;
    Query query =
        change.db.query("SELECT to_run, position, from_run, sender, kind, sent_at, body FROM agent_messages"
                        " WHERE to_run = :run AND taken_step IS NULL ORDER BY position");
    query.with(run).into(message.to).into(message.position).into(message.from).into(message.sender);
    query.into(message.kind).into(message.sent_at).into(message.text);
    while (query.next()) inbox.push_back(message);
    return inbox;
}

}  // namespace boternity::infra::store
