#pragma once

#include "core/ports/session_store.hpp"
#include "infra/store/soci/transactions.hpp"

#include <optional>

namespace boternity::infra::store {

std::optional<core::Session> load_session(Change change, SessionId id);

/// Adds a message at the session's next position and answers it with that position; `session` is counted up.
/// The message's run must be there.
core::Message add_message(Change change, core::Session& session, core::Message message);

Result<core::Message> load_message(Change change, MessageId id);

/// The newest messages before position `before` whose texts fit `max_bytes` together, oldest first.
std::vector<core::Message> load_history(Change change, SessionId session, int before, std::size_t max_bytes);

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
