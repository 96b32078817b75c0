#pragma once

#include "core/ports/session_store.hpp"
#include "infra/store/soci/transactions.hpp"

#include <optional>
#include <vector>

namespace boternity::infra::store {

std::optional<core::Session> load_session(Change change, SessionId id);

/// Adds a session as it is. NotFound without its bot, AlreadyExists when its id is taken. Answers its id.
Result<std::string> add_session(Change change, const core::Session& session);

/// Writes a message of the turn that answers the message at position `turn`, at the position it has. NotFound
/// when an attachment of it is not there.
Status insert_message(Change change, const core::Message& message, int turn);

/// A bot's sessions, by the time they were begun.
std::vector<core::Session> load_sessions(Change change, BotId bot);

/// Characters of all that was said in a bot's sessions.
long long length_of_messages(Change change, BotId bot);

/// What was said in a session's runs that have ended, in order.
std::vector<core::Message> load_ended_messages(Change change, SessionId session);

/// Adds a message of the turn that answers the message at position `turn`, at the session's next position,
/// and answers it with that position; `session` is counted up. The message's run must be there. NotFound when
/// an attachment of it is not.
Result<core::Message> add_message(Change change, core::Session& session, core::Message message, int turn);

Result<core::Message> load_message(Change change, MessageId id);

/// What was said in the turns before the one that answers position `turn`.
struct History {
    std::vector<core::Message> messages{};  ///< the newest whose texts fit the wanted bytes, turn by turn
    int total = 0;                          ///< how many there are in all
};
History load_history(Change change, const core::Session& session, int turn, std::size_t max_bytes);

class SociSessionStore final : public core::SessionStore {
public:
    explicit SociSessionStore(Transactions& transactions) : transactions_(transactions) {}

    core::Task<Result<core::Receipt>> insert(core::Session session, core::Events events,
                                             core::Mutation mutation) override;
    core::Task<Result<core::Session>> find(SessionId id) override;
    core::Task<Result<Page<core::Session>>> list(BotId bot, PageRequest page) override;
    core::Task<Result<Page<core::Message>>> messages(SessionId session, PageRequest page) override;
    core::Task<Result<core::Message>> message(MessageId id) override;

private:
    Transactions& transactions_;
};

}  // namespace boternity::infra::store
