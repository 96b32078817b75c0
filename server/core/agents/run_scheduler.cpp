#include "core/agents/run_scheduler.hpp"

#include "core/runtime/pause.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <chrono>
#include <set>
#include <utility>

namespace boternity::core {
RunScheduler::RunScheduler(RunPorts ports, Executor executor, TaskScope& scope)
    : ports_(ports), executor_(std::move(executor)), scope_(scope) {}

Result<bool> RunScheduler::join(const std::shared_ptr<LiveRun>& live) {
    const Run& run = live->run();
    bool first = true;
    if (run.kind == RunKind::Turn) {
        BOT_TRY(leads, lanes_.join(live));
        first = leads;
    } else if (forks_of(run.bot) >= kMaxForks) {
        return fail(ErrorCode::RateLimited,
                    "Too many forks of this bot's runs are under way; wait for one to end.");
    }
    live_.add(live);
    return first;
}

std::size_t RunScheduler::forks_of(BotId bot) const {
    const auto living = live_.of(bot);
    return static_cast<std::size_t>(
        std::ranges::count_if(living, [](const auto& live) { return live->run().kind == RunKind::Fork; }));
}

void RunScheduler::abandon(const LiveRun& live) {
    live_.remove(live.run().id);
    if (auto next = lanes_.abandon(live)) start(std::move(next), Lane::Held);
}

void RunScheduler::abandon_and_look(const LiveRun& live) {
    abandon(live);
    // After a disk failure nobody knows yet whether the transaction is there.
    scope_.start("adopt", asio::make_strand(executor_), look(live.run().id));
}

Task<Status> RunScheduler::look(RunId id) {
    const auto stop = scope_.stop_token();
    for (auto pause = kFirstStorePause; !stop.stop_requested();
         pause = std::min(pause * 2, kLongestStorePause)) {
        co_await pause_for(pause, stop);
        auto run = co_await ports_.records.find(id);
        if (!run && run.error().code != ErrorCode::NotFound) continue;
        if (run && !has_ended(run->state) && !live_.find(id)) take_up(*std::move(run));
        co_return Status{};
    }
    co_return Status{};
}

void RunScheduler::take_up(Run run) {
    auto live = make(std::move(run));
    line_up(live);
    enter(live);
}

void RunScheduler::line_up(const std::shared_ptr<LiveRun>& live) {
    live_.add(live);
    // The lane's bound was kept when the run was begun.
    if (live->run().kind == RunKind::Turn) static_cast<void>(lanes_.join(live, SessionLanes::Bound::Ignored));
}

void RunScheduler::enter(const std::shared_ptr<LiveRun>& live) {
    admit(live, std::nullopt);
}

void RunScheduler::admit(const std::shared_ptr<LiveRun>& live, std::optional<RunInput> input) {
    if (live->run().kind != RunKind::Turn) return start(live, Lane::None, std::move(input));
    if (auto now = lanes_.admit(*live)) {
        start(std::move(now), Lane::Held, std::move(input));
    } else if (live->stop_token().stop_requested()) {
        cancel(live);  // while it was not yet in a place to be withdrawn from
    }
}

void RunScheduler::start(std::shared_ptr<LiveRun> live, Lane lane, std::optional<RunInput> input) {
    auto strand = live->strand();
    scope_.start("run", strand, execute(std::move(live), lane, std::move(input)));
}

Task<Status> RunScheduler::execute(std::shared_ptr<LiveRun> live, Lane lane, std::optional<RunInput> input) {
    auto executing = execute_run(ports_, this, &scope_, live, std::move(input), scope_.stop_token());
    auto status = co_await std::move(executing);
    live_.remove(live->run().id);
    if (lane == Lane::Held && !scope_.stop_token().stop_requested()) {
        if (auto next = lanes_.leave(live->run().session)) start(std::move(next), Lane::Held);
    }
    co_return status;
}

void RunScheduler::cancel(const std::shared_ptr<LiveRun>& live) {
    live->cancel();
    // One that waits for its turn ends at once, without the session's lane.
    if (lanes_.withdraw(*live)) start(live, Lane::None);
}

void RunScheduler::on_event(const Event& event) {
    const auto* changed = std::get_if<BotStateChanged>(&event);
    if (!changed || (changed->to != BotState::Stopped && changed->to != BotState::Deleted)) return;
    for (const auto& live : live_.of(changed->bot)) cancel(live);
}

void RunScheduler::begin(Run agent) {
    auto live = make(std::move(agent));
    live_.add(live);
    RunInput input = input_of_agent(live->run());
    input.steps.push_back({.run = input.run.id,
                           .attempt = input.run.attempt,
                           .input = ModelInput{.model = input.run.model},
                           .started_at = input.run.created_at});
    start(std::move(live), Lane::None, std::move(input));
}

void RunScheduler::attend(RunId run) {
    if (const auto live = live_.find(run)) live->attend();
}

void RunScheduler::stop(RunId run) {
    if (const auto live = live_.find(run)) live->cancel();
}

void RunScheduler::stop_below(const Run& run) {
    for (const auto& live : live_.below(run)) live->cancel();
}

Task<Result<int>> RunScheduler::recover(std::string owner) {
    owner_ = owner;
    BOT_CO_TRY(runs, co_await ports_.claims.claim_unfinished(std::move(owner), ports_.clock.now()));
    std::map<BotId, bool> active;
    std::set<RunId> living;
    std::vector<std::shared_ptr<LiveRun>> entering;
    std::vector<Run> suspects;
    for (auto& run : runs) {
        if (!active.contains(run.bot)) {
            BOT_CO_TRY(lives, co_await takes_turns(run.bot));
            active[run.bot] = lives;
        }
        // Somebody stopped the bot, and with it this run, or its parent has ended; the crash came before its
        // own end.
        const bool wanted = active[run.bot] && (!run.parent || living.contains(*run.parent));
        living.insert(run.id);
        auto live = make(std::move(run));
        if (!wanted) live->cancel();
        line_up(live);
        entering.push_back(std::move(live));
    }
    // All are there before the first begins: they write to each other.
    for (const auto& live : entering) {
        if (live->run().crashes == RunClaims::kSuspect && live->run().crashes < ports_.limits.crashes)
            suspects.push_back(live->run());
        else
            enter(live);
    }
    if (!suspects.empty())
        scope_.start("suspects", asio::make_strand(executor_), execute_suspects(std::move(suspects)));
    co_return static_cast<int>(entering.size());
}

/// One after the other, each marked before it begins: when the server ends again, the mark says under which.
Task<Status> RunScheduler::execute_suspects(std::vector<Run> suspects) {
    const auto stop = scope_.stop_token();
    for (const Run& run : suspects) {
        const auto live = live_.find(run.id);
        if (!live || stop.stop_requested()) continue;
        RunAppend mark{.run = run.id, .attempt = run.attempt, .state = RunState::Running};
        auto marking = ports_.journal.append(std::move(mark));
        if (auto marked = co_await std::move(marking); !marked) co_return marked;
        ports_.log.write(LogLevel::Warn, "run_under_suspicion",
                         {{"run", run.id.text()}, {"crashes", std::to_string(run.crashes)}});
        enter(live);
        // Until it has got a step further or has ended: then it is none any more.
        RunEventReader reader(live, first_sequence(run.attempt));
        auto reading = reader.next(Deadline::never(), stop);
        static_cast<void>(co_await std::move(reading));
    }
    co_return Status{};
}

Task<Result<bool>> RunScheduler::takes_turns(BotId id) {
    BotRef ref(id.text());
    auto bot = co_await ports_.bots.find(std::move(ref));
    if (bot)
        co_return bot->state == BotState::Created || bot->state == BotState::Running ||
            bot->state == BotState::Paused;
    if (bot.error().code == ErrorCode::NotFound) co_return false;
    co_return fail(std::move(bot).error());
}

Task<Status> RunScheduler::release() {
    return ports_.claims.release(owner_);
}

}  // namespace boternity::core
