#pragma once

#include "core/events/event.hpp"
#include "core/ports/receipts.hpp"
#include "core/runtime/task.hpp"
#include "core/sessions/session.hpp"
#include "types/page.hpp"
#include "types/result.hpp"

#include <vector>

namespace boternity::core {

/// Sessions and the messages in them. Messages are added by the journal (RunJournal), never here.
///
/// Threads, atomicity and errors as BotStore.
class SessionStore {
public:
    virtual ~SessionStore() = default;

    /// Subject: the session's id.
    virtual Task<Result<Receipt>> insert(Session session, Events events, Mutation mutation) = 0;

    virtual Task<Result<Session>> find(SessionId id) = 0;

    /// A bot's sessions, the last used first.
    virtual Task<Result<Page<Session>>> list(BotId bot, PageRequest page) = 0;

    /// Oldest first.
    virtual Task<Result<Page<Message>>> messages(SessionId session, PageRequest page) = 0;

    virtual Task<Result<Message>> message(MessageId id) = 0;
};

}  // namespace boternity::core
