#include "infra/store/soci/journal.hpp"

#include "infra/store/soci/bots.hpp"
#include "infra/store/soci/events.hpp"
#include "infra/store/soci/receipts.hpp"
#include "infra/store/soci/runs.hpp"
#include "infra/store/soci/sessions.hpp"
#include "infra/store/soci/steps.hpp"

#include <chrono>

namespace boternity::infra::store {
namespace {

// How long a claim holds without being renewed. One server alone never waits for it to pass.
constexpr std::chrono::microseconds kLease = std::chrono::seconds(60);

Error no_such_run() {
    return not_found("There is no such run; list the runs to see them.");
}

/// The session of a bot that is not deleted.
Result<core::Session> open_session(Change change, SessionId id) {
    auto session = load_session(change, id);
    if (session) {
        const auto bot = load_bot(change, session->bot);
        if (bot && bot->state != core::BotState::Deleted) return *std::move(session);
    }
    return fail(not_found("There is no such session; list the bot's sessions."));
}

/// Adds run, message and step. Takes the announcement that the bot moved out of `events` when it did not.
Result<std::string> begin_turn(Change change, const core::TurnBegin& turn, core::Events& events) {
    BOT_TRY(session, open_session(change, turn.run.session));
    if (load_run(change, turn.run.id)) return fail(ErrorCode::AlreadyExists, "There is a run with this id.");
    if (turn.bot_update && !move_bot(change, *turn.bot_update)) {
        std::erase_if(events, [](const core::Event& event) {
            return std::holds_alternative<core::BotStateChanged>(event);
        });
    }
    if (session.title.empty()) session.title = turn.title;
    core::Run run = turn.run;
    run.input_position = session.message_count + 1;
    add_run(change, run);
    add_message(change, session, turn.message);
    put_step(change, turn.step);
    return run.id.text();
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
        message = add_message(change, *session, *turn.message);
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
        run.state = core::RunState::Running;
        ++run.attempt;
        lease_run(change, run, owner, until);
    }
    return runs;
}

}  // namespace

core::Task<Result<core::Receipt>> SociRunJournal::begin(core::TurnBegin turn, core::Mutation mutation) {
    return transactions_.write<core::Receipt>([=](Change change) {
        core::Events events = turn.events;
        return once(change, mutation, events, [&] { return begin_turn(change, turn, events); });
    });
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
