#include "core/events/event_service.hpp"

#include <utility>

namespace boternity::core {
namespace {

Result<RunId> parse_run(const std::string& text) {
    if (auto id = RunId::parse(text)) return *id;
    return fail(not_found("There is no run of that id."));
}

}  // namespace

Task<Result<EventReader>> EventService::open(EventWish wish) {
    if (wish.after && *wish.after < 0) co_return fail(invalid_argument("after is below 0.", "after"));
    EventFilter filter{.kinds = wish.kinds};
    if (!wish.bot.text.empty()) {
        BOT_CO_TRY(bot, co_await bots_.find(std::move(wish.bot)));
        filter.bot = bot.id;
    }
    if (!wish.session.empty()) {
        const auto id = SessionId::parse(wish.session);
        if (!id) co_return fail(not_found("There is no session of that id."));
        BOT_CO_TRY(session, co_await sessions_.find(*id));
        filter.session = session.id;
    }
    if (!wish.run.empty()) {
        BOT_CO_TRY(id, parse_run(wish.run));
        BOT_CO_TRY(run, co_await records_.find(id));
        filter.run = run.id;
    }
    if (!wish.root.empty()) {
        BOT_CO_TRY(id, parse_run(wish.root));
        BOT_CO_TRY(run, co_await records_.find(id));
        filter.root = run.root;
    }
    co_return EventReader(bus_, log_, filter, wish.after);
}

}  // namespace boternity::core
