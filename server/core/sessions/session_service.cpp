#include "core/sessions/session_service.hpp"

#include "core/bots/text_rules.hpp"

#include <fmt/format.h>

#include <utility>

namespace boternity::core {
namespace {

constexpr std::size_t kMaxTitle = 200;

Result<SessionId> parse_session(const std::string& text) {
    if (auto id = SessionId::parse(text)) return *id;
    return fail(not_found("There is no session of that id."));
}

}  // namespace

SessionService::SessionService(BotStore& bots, SessionStore& sessions, Receipts& receipts, Clock& clock,
                               Ids& ids)
    : bots_(bots), sessions_(sessions), receipts_(receipts), clock_(clock), ids_(ids) {}

Task<Result<Session>> SessionService::create(BotRef ref, std::string title, CallContext context) {
    BOT_CO_CHECK(check_line(title, "title", 0, kMaxTitle));
    BOT_CO_TRY(bot, co_await bots_.find(std::move(ref)));
    BOT_CO_TRY(earlier, co_await receipts_.find(context.mutation));
    if (earlier) co_return co_await get(earlier->subject);
    if (bot.state == BotState::Archived) {
        co_return fail(ErrorCode::WrongState,
                       fmt::format("{} is archived and takes no new sessions.", bot.slug));
    }
    const auto now = clock_.now();
    Session session{.id = ids_.make<SessionId>(),
                    .bot = bot.id,
                    .title = std::move(title),
                    .created_at = now,
                    .updated_at = now};
    Events events{SessionCreated{.bot = bot.id, .session = session.id}};
    BOT_CO_TRY(receipt, co_await sessions_.insert(session, std::move(events), context.mutation));
    if (receipt.outcome == Outcome::Repeated) co_return co_await get(receipt.subject);
    co_return session;
}

Task<Result<Page<Session>>> SessionService::list(BotRef ref, PageRequest page) {
    BOT_CO_TRY(bot, co_await bots_.find(std::move(ref)));
    co_return co_await sessions_.list(bot.id, std::move(page));
}

Task<Result<Session>> SessionService::get(std::string session) {
    BOT_CO_TRY(id, parse_session(session));
    co_return co_await sessions_.find(id);
}

Task<Result<Page<Message>>> SessionService::messages(std::string session, PageRequest page) {
    BOT_CO_TRY(id, parse_session(session));
    BOT_CO_TRY(found, co_await sessions_.find(id));
    co_return co_await sessions_.messages(found.id, std::move(page));
}

}  // namespace boternity::core
