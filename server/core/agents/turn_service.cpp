#include "core/agents/turn_service.hpp"

#include "core/agents/prompt_files.hpp"
#include "core/attachments/attachment_service.hpp"
#include "core/bots/lifecycle.hpp"
#include "core/bots/text_rules.hpp"
#include "core/runtime/pause.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <utility>

namespace boternity::core {
namespace {

// A conversation up to this is read along when its turn begins, which saves the turn a read of its own.
// Longer ones would keep the one thread that writes from others.
constexpr ReadAhead kReadAhead{.messages = 32, .bytes = 64 * 1024};
// How often a store that fails is asked again.
constexpr std::chrono::milliseconds kFirstPause{100};
constexpr std::chrono::milliseconds kLongestPause{5000};

Result<RunId> parse_run(const std::string& text) {
    if (auto id = RunId::parse(text)) return *id;
    return fail(not_found("There is no run of that id."));
}

}  // namespace

TurnService::TurnService(TurnPorts ports, Executor executor, TaskScope& scope)
    : ports_(ports), executor_(std::move(executor)), scope_(scope) {}

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
        if (beginning->live) give_up(*beginning);
        co_return fail(std::move(begun).error());
    }
    if (begun->receipt.outcome == Outcome::Repeated) co_return co_await get(begun->receipt.subject);
    const auto live = beginning->live;
    if (!beginning->first) begun->input.reset();
    admit(live, std::move(begun->input));
    co_return live->run();
}

/// Runs on a thread of the store, inside the transaction: see DecideTurn.
Result<TurnBegin> TurnService::decide_turn(Beginning& beginning, TurnBegin turn, const Bot& bot) {
    if (draining_.load()) {
        return fail(ErrorCode::Unavailable,
                    "The server is shutting down; send the message again in a moment.");
    }
    BOT_TRY(state, next_state(bot, "speak"));
    auto model = ports_.models.resolve(bot.model);
    if (!model) return fail(ErrorCode::WrongState, std::move(model).error().message);
    BOT_CHECK(check_readable(turn.message.attachments, bot.model, model->card));
    if (state != bot.state) {
        turn.events.push_back(BotStateChanged{.bot = bot.id, .from = bot.state, .to = state});
        turn.bot_update = bot;
        turn.bot_update->state = state;
        turn.bot_update->revision += 1;
        turn.bot_update->updated_at = turn.run.created_at;
    }
    if (const auto before = std::exchange(beginning.live, nullptr)) leave_unbegun(*before);
    // Known before it is durable, so that there is no moment in which a committed run has no place to be
    // read.
    auto live = std::make_shared<LiveRun>(turn.run, executor_);
    BOT_TRY(first, lanes_.join(live));
    live_.add(live);
    beginning = {.live = std::move(live), .first = first};
    return turn;
}

void TurnService::leave_unbegun(const LiveRun& live) {
    live_.remove(live.run().id);
    if (auto next = lanes_.abandon(live)) start(std::move(next), Lane::Held);
}

void TurnService::give_up(const Beginning& beginning) {
    leave_unbegun(*beginning.live);
    // After a disk failure nobody knows yet whether the transaction is there.
    scope_.start("adopt", asio::make_strand(executor_), adopt(beginning.live->run().id));
}

Task<Status> TurnService::adopt(RunId id) {
    const auto stop = scope_.stop_token();
    for (auto pause = kFirstPause; !stop.stop_requested(); pause = std::min(pause * 2, kLongestPause)) {
        co_await pause_for(pause, stop);
        auto run = co_await ports_.journal.find(id);
        if (!run && run.error().code != ErrorCode::NotFound) continue;
        if (run && !has_ended(run->state) && !live_.find(id))
            take_up(std::make_shared<LiveRun>(*std::move(run), executor_));
        co_return Status{};
    }
    co_return Status{};
}

void TurnService::take_up(std::shared_ptr<LiveRun> live) {
    live_.add(live);
    // Its bound was kept when it was begun.
    static_cast<void>(lanes_.join(live, SessionLanes::Bound::Ignored));
    admit(live, std::nullopt);
}

void TurnService::admit(const std::shared_ptr<LiveRun>& live, std::optional<TurnInput> input) {
    if (auto now = lanes_.admit(*live)) {
        start(std::move(now), Lane::Held, std::move(input));
    } else if (live->stop_token().stop_requested()) {
        cancel_live(live);  // while it was not yet in a place to be withdrawn from
    }
}

void TurnService::start(std::shared_ptr<LiveRun> live, Lane lane, std::optional<TurnInput> input) {
    auto strand = live->strand();
    scope_.start("turn", strand, execute(std::move(live), lane, std::move(input)));
}

Task<Status> TurnService::execute(std::shared_ptr<LiveRun> live, Lane lane, std::optional<TurnInput> input) {
    auto status = co_await take_turn(ports_, live, std::move(input), scope_.stop_token());
    live_.remove(live->run().id);
    if (lane == Lane::Held && !scope_.stop_token().stop_requested()) {
        if (auto next = lanes_.leave(live->run().session)) start(std::move(next), Lane::Held);
    }
    co_return status;
}

Run TurnService::as_it_stands(Run run) const {
    if (has_ended(run.state)) return run;
    const auto live = live_.find(run.id);
    run.state = live && live->started() ? RunState::Running : RunState::Queued;
    return run;
}

Task<Result<Run>> TurnService::get(std::string text) {
    BOT_CO_TRY(id, parse_run(text));
    BOT_CO_TRY(run, co_await ports_.journal.find(id));
    co_return as_it_stands(std::move(run));
}

Task<Result<Page<Run>>> TurnService::list(std::string bot, std::string session, std::optional<RunState> state,
                                          PageRequest page) {
    RunFilter filter{.state = state};
    if (!bot.empty()) {
        BOT_CO_TRY(found, co_await ports_.bots.find(BotRef{std::move(bot)}));
        filter.bot = found.id;
    }
    if (!session.empty()) {
        filter.session = SessionId::parse(session);
        if (!filter.session) co_return fail(not_found("There is no session of that id."));
    }
    // The journal only knows that a run has not ended: whether it runs or waits is known here.
    const auto wanted = state;
    if (filter.state == RunState::Running) filter.state = RunState::Queued;
    for (;;) {
        BOT_CO_TRY(runs, co_await ports_.journal.list(filter, page));
        for (auto& run : runs.items) run = as_it_stands(std::move(run));
        if (wanted) std::erase_if(runs.items, [&](const Run& run) { return run.state != *wanted; });
        if (!runs.items.empty() || runs.next_token.empty()) co_return std::move(runs);
        page.token = runs.next_token;
    }
}

Task<Result<RunEventReader>> TurnService::events(std::string text, std::uint32_t after) {
    BOT_CO_TRY(id, parse_run(text));
    if (auto live = live_.find(id)) co_return RunEventReader(std::move(live), after);
    BOT_CO_TRY(run, co_await ports_.journal.find(id));
    BOT_CO_TRY(steps, co_await ports_.journal.steps(id));
    std::optional<Message> message;
    if (run.output_message) {
        BOT_CO_TRY(said, co_await ports_.sessions.message(*run.output_message));
        message = std::move(said);
    }
    co_return RunEventReader(events_from_journal(run, steps, message), after);
}

Task<Result<Message>> TurnService::answer(std::string run, CallContext context) {
    BOT_CO_TRY(reader, co_await events(run, 0));
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

Task<Result<Run>> TurnService::cancel(std::string text, CallContext context) {
    BOT_CO_TRY(id, parse_run(text));
    if (auto live = live_.find(id)) {
        cancel_live(live);
        co_return co_await final_state(id, std::move(live), std::move(context));
    }
    BOT_CO_TRY(run, co_await ports_.journal.find(id));
    if (run.state == RunState::Cancelled) co_return run;
    if (!has_ended(run.state)) {
        co_return fail(ErrorCode::Unavailable, "The run is being taken up again; cancel it in a moment.");
    }
    co_return fail(
        ErrorCode::WrongState,
        fmt::format("The run has already ended ({}); there is nothing to cancel.", name_of(run.state)));
}

Task<Result<Run>> TurnService::final_state(RunId id, std::shared_ptr<LiveRun> live, CallContext context) {
    RunEventReader reader(std::move(live), 0);
    BOT_CO_TRY(finished, co_await reader.end(context.deadline, context.stop));
    static_cast<void>(finished);
    co_return co_await ports_.journal.find(id);
}

void TurnService::cancel_live(const std::shared_ptr<LiveRun>& live) {
    live->cancel();
    // One that waits for its turn ends at once, without the session's lane.
    if (lanes_.withdraw(*live)) start(live, Lane::None);
}

void TurnService::on_event(const Event& event) {
    const auto* changed = std::get_if<BotStateChanged>(&event);
    if (!changed || (changed->to != BotState::Stopped && changed->to != BotState::Deleted)) return;
    for (const auto& live : live_.of(changed->bot)) cancel_live(live);
}

Task<Result<int>> TurnService::recover(std::string owner) {
    BOT_CO_TRY(runs, co_await ports_.journal.claim_unfinished(std::move(owner), ports_.clock.now()));
    std::map<BotId, bool> active;
    for (auto& run : runs) {
        if (!active.contains(run.bot)) {
            BOT_CO_TRY(lives, co_await takes_turns(run.bot));
            active[run.bot] = lives;
        }
        const bool wanted = active[run.bot];
        auto live = std::make_shared<LiveRun>(std::move(run), executor_);
        // Somebody stopped the bot, and with it this run; the crash came before its end.
        if (!wanted) live->cancel();
        take_up(std::move(live));
    }
    co_return static_cast<int>(runs.size());
}

Task<Result<bool>> TurnService::takes_turns(BotId id) {
    BotRef ref(id.text());
    auto bot = co_await ports_.bots.find(std::move(ref));
    if (bot)
        co_return bot->state == BotState::Created || bot->state == BotState::Running ||
            bot->state == BotState::Paused;
    if (bot.error().code == ErrorCode::NotFound) co_return false;
    co_return fail(std::move(bot).error());
}

void TurnService::drain() noexcept {
    draining_.store(true);
}

std::size_t TurnService::active() const noexcept {
    return live_.size();
}

}  // namespace boternity::core
