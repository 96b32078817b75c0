#include "core/agents/turn_service.hpp"

#include "core/agents/prompt_files.hpp"
#include "core/agents/tool_rules.hpp"
#include "core/attachments/attachment_service.hpp"

#include <utility>

namespace boternity::core {
namespace {

// A conversation up to this is read along when its turn begins, which saves the turn a read of its own.
// Longer ones would keep the one thread that writes from others.
constexpr ReadAhead kReadAhead{.messages = 32, .bytes = 64 * 1024};

}  // namespace

/// What the transaction that begins a turn leaves for what comes after it.
struct TurnService::Beginning {
    std::shared_ptr<LiveRun> live{};
    bool first = false;  ///< in its lane: nothing was said that the turn has not read
};

Task<Result<Run>> TurnService::say(std::string session_text, Said said, CallContext context) {
    const auto session = SessionId::parse(session_text);
    if (!session) co_return fail(not_found("There is no session of that id."));
    BOT_CO_CHECK(check_message(said.text));
    BOT_CO_TRY(attachments, co_await find_attachments(&ports_.attachments, std::move(said.attachments)));
    const auto beginning = std::make_shared<Beginning>();
    NewTurn wanted{.id = ports_.ids.make<RunId>(),
                   .message = ports_.ids.make<MessageId>(),
                   .text = std::move(said.text),
                   .attachments = std::move(attachments),
                   .now = ports_.clock.now()};
    DecideTurn decide = [this, beginning, wanted = std::move(wanted)](const TurnGround& ground) {
        return decide_turn(*beginning, turn_of(wanted, ground), ground.bot);
    };
    auto begun =
        co_await ports_.journal.begin(*session, std::move(decide), kReadAhead, std::move(context.mutation));
    if (!begun) {
        if (beginning->live) scheduler_.abandon_and_look(*beginning->live);
        co_return fail(std::move(begun).error());
    }
    if (begun->receipt.outcome == Outcome::Repeated) co_return co_await runs_.get(begun->receipt.subject);
    const auto live = beginning->live;
    if (!beginning->first) begun->input.reset();
    scheduler_.admit(live, std::move(begun->input));
    co_return live->run();
}

/// Runs on a thread of the store, inside the transaction: see DecideTurn.
Result<TurnBegin> TurnService::decide_turn(Beginning& beginning, TurnBegin turn, const Bot& bot) {
    if (scheduler_.draining()) {
        return fail(ErrorCode::Unavailable,
                    "The server is shutting down; send the message again in a moment.");
    }
    BOT_TRY(moved, talked_to(bot, turn.run.created_at, turn.events));
    auto model = ports_.models.resolve(bot.model);
    if (!model) return fail(ErrorCode::WrongState, std::move(model).error().message);
    BOT_CHECK(check_readable(turn.message.attachments, bot.model, model->card));
    BOT_CHECK(check_calls_tools(bot.settings.tools, bot.model, model->card));
    turn.bot_update = std::move(moved);
    if (const auto before = std::exchange(beginning.live, nullptr)) scheduler_.abandon(*before);
    auto live = scheduler_.make(turn.run);
    BOT_TRY(first, scheduler_.join(live));
    beginning = {.live = std::move(live), .first = first};
    return turn;
}

Task<Result<Message>> TurnService::answer(std::string run, CallContext context) {
    BOT_CO_TRY(reader, co_await runs_.events(run, 0));
    BOT_CO_TRY(finished, co_await reader.end(context.deadline, context.stop));
    if (finished.state == RunState::Failed) {
        auto error = finished.error.value_or(RunError{});
        co_return fail(Error{.code = error.code,
                             .message = std::move(error.message),
                             .retry_after = error.retry_after,
                             .detail = "run " + run});
    }
    if (finished.message) co_return std::move(*finished.message);
    co_return fail(ErrorCode::Cancelled, "The run was cancelled before the bot said anything.");
}

}  // namespace boternity::core
