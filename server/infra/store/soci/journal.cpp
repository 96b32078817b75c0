#include "infra/store/soci/journal.hpp"

#include "infra/store/soci/bots.hpp"
#include "infra/store/soci/events.hpp"
#include "infra/store/soci/receipts.hpp"
#include "infra/store/soci/runs.hpp"
#include "infra/store/soci/sessions.hpp"
#include "infra/store/soci/souls.hpp"
#include "infra/store/soci/steps.hpp"

#include <chrono>

namespace boternity::infra::store {
namespace {

// How long a claim holds without being renewed. One server alone never waits for it to pass.
constexpr std::chrono::microseconds kLease = std::chrono::seconds(60);

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

Result<core::TurnInput> read_input(Change change, RunId id, std::size_t history_bytes) {
    auto run = load_run(change, id);
    if (!run) return fail(no_such_run());
    BOT_TRY(soul, load_soul(change, run->bot, run->soul_version));
    BOT_TRY(message, load_message(change, run->input_message));
    core::TurnInput input{.soul = std::move(soul.text), .message = std::move(message)};
    if (run->input_position > 1) {
        const auto session = load_session(change, run->session);
        if (!session) return fail(internal_error("a run without its session"));
        auto history = load_history(change, *session, run->input_position, history_bytes);
        input.history = std::move(history.messages);
        input.history_total = history.total;
    }
    input.run = *std::move(run);
    return input;
}

/// The turn's input when all of the conversation before it fits.
Result<std::optional<core::TurnInput>> read_along(Change change, const core::Session& session,
                                                  const core::Run& run, core::Message message,
                                                  core::ReadAhead read_ahead) {
    if (run.input_position - 1 > read_ahead.messages) return std::nullopt;
    core::TurnInput input{.run = run, .message = std::move(message)};
    if (run.input_position > 1) {
        auto history = load_history(change, session, run.input_position, read_ahead.bytes);
        if (static_cast<int>(history.messages.size()) < history.total) return std::nullopt;
        input.history = std::move(history.messages);
        input.history_total = history.total;
    }
    BOT_TRY(soul, load_soul(change, run.bot, run.soul_version));
    input.soul = std::move(soul.text);
    return input;
}

/// Adds run, message and step, and moves the bot; takes the announcement that the bot moved out of the turn's
/// events when it did not.
Result<core::Message> add_turn(Change change, core::Session& session, core::TurnBegin& turn) {
    if (load_run(change, turn.run.id)) return fail(ErrorCode::AlreadyExists, "There is a run with this id.");
    if (turn.bot_update && !move_bot(change, *turn.bot_update)) {
        std::erase_if(turn.events, [](const core::Event& event) {
            return std::holds_alternative<core::BotStateChanged>(event);
        });
    }
    if (session.title.empty()) session.title = turn.title;
    turn.run.input_position = session.message_count + 1;
    add_run(change, turn.run);
    BOT_TRY(message, add_message(change, session, turn.message, turn.run.input_position));
    put_step(change, turn.step);
    return message;
}

Result<core::TurnBegun> begin_turn(Change change, SessionId id, const core::DecideTurn& decide,
                                   core::ReadAhead read_ahead, const core::Mutation& mutation) {
    core::TurnBegun begun;
    core::Events events;
    BOT_TRY(receipt, once(change, mutation, events, [&]() -> Result<std::string> {
                BOT_TRY(ground, read_ground(change, id));
                BOT_TRY(turn, decide(ground));
                BOT_TRY(message, add_turn(change, ground.session, turn));
                BOT_TRY(input, read_along(change, ground.session, turn.run, std::move(message), read_ahead));
                begun.input = std::move(input);
                events = std::move(turn.events);
                return turn.run.id.text();
            }));
    begun.receipt = std::move(receipt);
    return begun;
}

Result<core::Message> end_turn(Change change, const core::TurnEnd& turn) {
    auto run = load_run(change, turn.run.id);
    if (!run) return fail(no_such_run());
    if (core::has_ended(run->state)) {
        return fail(ErrorCode::WrongState, "The run has already ended; nothing was changed.");
    }
    if (run->attempt != turn.run.attempt) {
        return fail(ErrorCode::WrongState, "Another attempt holds the run; nothing was changed.");
    }
    core::Message message;
    run->output_message = turn.run.output_message;
    if (turn.message) {
        auto session = load_session(change, run->session);
        if (!session) return fail(internal_error("a run without its session"));
        BOT_TRY(added, add_message(change, *session, *turn.message, run->input_position));
        message = std::move(added);
        run->output_message = message.id;
    }
    run->state = turn.run.state;
    run->usage = turn.run.usage;
    run->stop_reason = turn.run.stop_reason;
    run->context_cut = turn.run.context_cut;
    run->error = turn.run.error;
    run->started_at = turn.run.started_at;
    run->ended_at = turn.run.ended_at;
    end_run(change, *run);
    put_step(change, turn.step);
    announce(change, turn.events);
    return message;
}

Result<std::vector<core::Run>> claim(Change change, const std::string& owner, Timestamp now) {
    std::vector<core::Run> runs = load_unfinished_runs(change);
    const Timestamp until{now.micros + kLease.count()};
    for (core::Run& run : runs) {
        ++run.attempt;
        lease_run(change, run, owner, until);
    }
    return runs;
}

}  // namespace

core::Task<Result<core::TurnBegun>> SociRunJournal::begin(SessionId session, core::DecideTurn decide,
                                                          core::ReadAhead read_ahead,
                                                          core::Mutation mutation) {
    return transactions_.write<core::TurnBegun>(
        [session, decide = std::move(decide), read_ahead, mutation = std::move(mutation)](Change change) {
            return begin_turn(change, session, decide, read_ahead, mutation);
        });
}

core::Task<Result<core::TurnInput>> SociRunJournal::input(RunId run, std::size_t history_bytes) {
    return transactions_.read<core::TurnInput>(
        [=](Change change) { return read_input(change, run, history_bytes); });
}

core::Task<Result<core::Message>> SociRunJournal::end(core::TurnEnd turn) {
    return transactions_.write<core::Message>([=](Change change) { return end_turn(change, turn); });
}

core::Task<Result<core::Run>> SociRunJournal::find(RunId id) {
    return transactions_.read<core::Run>([=](Change change) -> Result<core::Run> {
        auto run = load_run(change, id);
        if (!run) return fail(no_such_run());
        return *std::move(run);
    });
}

core::Task<Result<Page<core::Run>>> SociRunJournal::list(core::RunFilter filter, PageRequest page) {
    return transactions_.read<Page<core::Run>>(
        [=](Change change) { return list_runs(change, filter, page); });
}

core::Task<Result<std::vector<core::Step>>> SociRunJournal::steps(RunId run) {
    return transactions_.read<std::vector<core::Step>>([=](Change change) -> Result<std::vector<core::Step>> {
        if (!load_run(change, run)) return fail(no_such_run());
        return load_steps(change, run);
    });
}

core::Task<Result<std::vector<core::Run>>> SociRunJournal::claim_unfinished(std::string owner,
                                                                            Timestamp now) {
    return transactions_.write<std::vector<core::Run>>(
        [=](Change change) { return claim(change, owner, now); });
}

}  // namespace boternity::infra::store
