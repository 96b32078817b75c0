#pragma once

#include "core/ports/bot_store.hpp"
#include "core/ports/clock.hpp"
#include "core/ports/ids.hpp"
#include "core/ports/session_store.hpp"
#include "core/runtime/context.hpp"
#include "types/page.hpp"

#include <string>

namespace boternity::core {

/// Sessions and their messages, to be made and read. Saying something is TurnService's.
class SessionService {
public:
    SessionService(BotStore& bots, SessionStore& sessions, Receipts& receipts, Clock& clock, Ids& ids);

    /// WrongState when the bot is archived.
    Task<Result<Session>> create(BotRef bot, std::string title, CallContext context);
    Task<Result<Page<Session>>> list(BotRef bot, PageRequest page);
    /// `session` is an id as text; anything else is NotFound.
    Task<Result<Session>> get(std::string session);
    Task<Result<Page<Message>>> messages(std::string session, PageRequest page);

private:
    BotStore& bots_;
    SessionStore& sessions_;
    Receipts& receipts_;
    Clock& clock_;
    Ids& ids_;
};

}  // namespace boternity::core
