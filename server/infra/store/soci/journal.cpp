#include "infra/store/soci/journal.hpp"

#include "infra/store/soci/agent_messages.hpp"
#include "infra/store/soci/bots.hpp"
#include "infra/store/soci/events.hpp"
#include "infra/store/soci/receipts.hpp"
#include "infra/store/soci/runs.hpp"
#include "infra/store/soci/sessions.hpp"
#include "infra/store/soci/souls.hpp"
#include "infra/store/soci/steps.hpp"
#include "infra/store/soci/workspace.hpp"

#include <algorithm>

namespace boternity::infra::store {
namespace {

Error no_such_run() {
    return not_found("There is no such run; list the runs to see them.");
}

/// A session and its bot, which is not deleted.
Result<core::TurnGround> read_ground(Change change, SessionId id) {
    if (auto session = load_session(change, id)) {
        auto bot = load_bot(change, session->bot);
        if (bot && bot->state != core::BotState::Deleted) {
            return core::TurnGround{.session = *std::move(session), .bot = *std::move(bot)};
        }
    }
    return fail(not_found("There is no such session; list the bot's sessions."));
}

/// The turn's input when all of the conversation before it fits.
Result<std::optional<core::RunInput>> read_along(Change change, const core::Session& session,
                                                 const core::Run& run, core::Message message,
                                                 const core::Step& first, core::ReadAhead read_ahead) {
    if (run.input_position - 1 > read_ahead.messages) return std::nullopt;
    core::RunInput input{.run = run, .message = std::move(message)};
    if (run.input_position > 1) {
        auto history = load_history(change, session, run.input_position, read_ahead.bytes);
        if (static_cast<int>(history.messages.size()) < history.total) return std::nullopt;
        input.history = std::move(history.messages);
        input.history_total = history.total;
    }
    BOT_TRY(soul, load_soul(change, run.bot, run.soul_version));
    input.soul = std::move(soul.text);
    input.steps = {first};
    return input;
}

/// Moves the bot; takes the announcement of it out of the events when it did not move.
void start_bot(Change change, const std::optional<core::Bot>& moved, core::Events& events) {
    if (!moved || move_bot(change, *moved)) return;
    std::erase_if(events, [](const core::Event& event) {
        return std::holds_alternative<core::BotStateChanged>(event);
    });
}

/// Adds run, message and step, and moves the bot.
Result<core::Message> add_turn(Change change, core::Session& session, core::TurnBegin& turn,
                               const std::string& owner) {
    if (load_run(change, turn.run.id)) return fail(ErrorCode::AlreadyExists, "There is a run with this id.");
    start_bot(change, turn.bot_update, turn.events);
    if (session.title.empty()) session.title = turn.title;
    turn.run.input_position = session.message_count + 1;
    add_run(change, turn.run, owner);
    BOT_TRY(message, add_message(change, session, turn.message, turn.run.input_position));
    put_step(change, turn.step);
    return message;
}

Result<core::TurnBegun> begin_turn(Change change, SessionId id, const core::DecideTurn& decide,
                                   core::ReadAhead read_ahead, const core::Mutation& mutation,
                                   const std::string& owner) {
    core::TurnBegun begun;
    core::Events events;
    BOT_TRY(receipt, once(change, mutation, events, [&]() -> Result<std::string> {
                BOT_TRY(ground, read_ground(change, id));
                BOT_TRY(turn, decide(ground));
                BOT_TRY(message, add_turn(change, ground.session, turn, owner));
                BOT_TRY(input, read_along(change, ground.session, turn.run, std::move(message), turn.step,
                                          read_ahead));
                begun.input = std::move(input);
                events = std::move(turn.events);
                return turn.run.id.text();
            }));
    begun.receipt = std::move(receipt);
    return begun;
}

Result<core::ForkGround> read_ground(Change change, RunId original) {
    auto run = load_run(change, original);
    if (!run) return fail(no_such_run());
    auto bot = load_bot(change, run->bot);
    if (!bot || bot->state == core::BotState::Deleted)
        return fail(not_found("The run's bot has been deleted; fork a run of a bot that is there."));
    BOT_TRY(steps, load_steps(change, original));
    return core::ForkGround{.run = *std::move(run), .steps = std::move(steps), .bot = *std::move(bot)};
}

Result<core::Receipt> add_fork(Change change, RunId original, const core::DecideFork& decide,
                               const core::Mutation& mutation, const std::string& owner) {
    core::Events events;
    return once(change, mutation, events, [&]() -> Result<std::string> {
        BOT_TRY(ground, read_ground(change, original));
        BOT_TRY(fork, decide(ground));
        start_bot(change, fork.bot_update, fork.events);
        add_run(change, fork.run, owner);
        for (const auto& step : fork.steps) put_step(change, step);
        copy_workspace(change, ground.run.root, fork.run.root, fork.workspace_until);
        events = std::move(fork.events);
        return fork.run.id.text();
    });
}

/// Whether this attempt may still write to the run.
Result<RunHold> hold_of(Change change, RunId id, int attempt) {
    const auto hold = load_hold(change, id);
    if (!hold) return fail(no_such_run());
    if (core::has_ended(hold->state)) {
        return fail(ErrorCode::WrongState, "The run has already ended; nothing was changed.");
    }
    if (hold->attempt != attempt) {
        return fail(ErrorCode::WrongState, "Another attempt holds the run; nothing was changed.");
    }
    return *hold;
}

Status append_run(Change change, const core::RunAppend& moved, const std::string& owner) {
    BOT_TRY(hold, hold_of(change, moved.run, moved.attempt));
    for (const auto& entry : moved.written) BOT_CHECK(add_workspace_entry(change, entry));
    for (const auto& message : moved.sent) BOT_CHECK(add_agent_message(change, message));
    const bool further = std::ranges::any_of(
        moved.steps, [](const core::Step& step) { return step.state != core::StepState::Intended; });
    move_run(change, moved.run, moved.state.value_or(hold.state), further);
    for (const auto& agent : moved.agents) {
        add_run(change, agent.run, owner);
        put_step(change, agent.step);
    }
    for (const auto& taken : moved.taken) take_agent_message(change, moved.run, taken);
    for (const auto& step : moved.steps) put_step(change, step);
    announce(change, moved.events);
    return {};
}

Result<core::Message> end_by(Change change, const core::RunEnd& ended) {
    BOT_TRY(hold, hold_of(change, ended.run.id, ended.run.attempt));
    static_cast<void>(hold);
    auto run = load_run(change, ended.run.id);
    if (!run) return fail(no_such_run());
    core::Message message;
    run->output_message = ended.run.output_message;
    if (ended.message) {
        auto session = load_session(change, run->session);
        if (!session) return fail(internal_error("a run without its session"));
        BOT_TRY(added, add_message(change, *session, *ended.message, run->input_position));
        message = std::move(added);
        run->output_message = message.id;
    }
    run->state = ended.run.state;
    run->usage = ended.run.usage;
    run->stop_reason = ended.run.stop_reason;
    run->context_cut = ended.run.context_cut;
    run->error = ended.run.error;
    run->moved_at = ended.run.ended_at.value_or(change.now);
    run->started_at = ended.run.started_at;
    run->ended_at = ended.run.ended_at;
    end_run(change, *run);
    for (const auto& step : ended.steps) put_step(change, step);
    if (ended.result) BOT_CHECK(add_agent_message(change, *ended.result));
    announce(change, ended.events);
    return message;
}

Result<core::Step> decide_step(Change change, const core::Decided& decided, const core::Mutation& mutation) {
    core::Step step;
    const auto load = [&]() -> Status {
        BOT_TRY(steps, load_steps(change, decided.run));
        for (auto& one : steps) {
            if (one.position != decided.step || one.kind() != core::StepKind::Decision) continue;
            step = std::move(one);
            return {};
        }
        return fail(not_found("The run has no such decision; show the run to see what it waits for."));
    };
    core::Events events;
    BOT_TRY(receipt, once(change, mutation, events, [&]() -> Result<std::string> {
                BOT_CHECK(load());
                const auto hold = load_hold(change, decided.run);
                if (step.state != core::StepState::Intended || !hold || core::has_ended(hold->state))
                    return fail(ErrorCode::WrongState, "This has been decided already; nothing was changed.");
                step.state = core::StepState::Done;
                step.output = decided.output;
                step.ended_at = decided.at;
                put_step(change, step);
                move_run(change, decided.run, hold->state, true);
                events = decided.events;
                return std::to_string(decided.step);
            }));
    if (receipt.outcome == core::Outcome::Repeated) BOT_CHECK(load());
    return step;
}

}  // namespace

core::Task<Result<core::TurnBegun>> SociRunJournal::begin(SessionId session, core::DecideTurn decide,
                                                          core::ReadAhead read_ahead,
                                                          core::Mutation mutation) {
    return transactions_.write<core::TurnBegun>(
        WriteName::BeginTurn, [session, decide = std::move(decide), read_ahead,
                               mutation = std::move(mutation), owner = owner_.name()](Change change) {
            return begin_turn(change, session, decide, read_ahead, mutation, owner);
        });
}

core::Task<Result<core::Receipt>> SociRunJournal::begin_fork(RunId original, core::DecideFork decide,
                                                             core::Mutation mutation) {
    return transactions_.write<core::Receipt>(WriteName::BeginFork, [original, decide = std::move(decide),
                                                                     mutation = std::move(mutation),
                                                                     owner = owner_.name()](Change change) {
        return add_fork(change, original, decide, mutation, owner);
    });
}

core::Task<Status> SociRunJournal::append(core::RunAppend moved) {
    return transactions_.write<void>(WriteName::AppendRun,
                                     [moved = std::move(moved), owner = owner_.name()](Change change) {
                                         return append_run(change, moved, owner);
                                     });
}

core::Task<Result<core::Message>> SociRunJournal::end(core::RunEnd ended) {
    return transactions_.write<core::Message>(
        WriteName::EndRun, [ended = std::move(ended)](Change change) { return end_by(change, ended); });
}

core::Task<Result<core::Step>> SociRunJournal::decide(core::Decided decided, core::Mutation mutation) {
    return transactions_.write<core::Step>(
        WriteName::DecideStep, [=](Change change) { return decide_step(change, decided, mutation); });
}

}  // namespace boternity::infra::store
