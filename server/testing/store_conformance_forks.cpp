// Forks: what begins one, and what it is begun from.
#include "testing/store_conformance.hpp"

namespace boternity::testing {

int link_store_fork_cases() {
    return 1;
}

TEST_P(StoreConformance, AForkBeginsWithCopiesAndSaysNothing) {
    const core::Session session = add_session(add_bot("alfa"));
    const core::TurnBegin turn = a_turn(session, "hello");
    ASSERT_EQ(outcome_of(run(begin(turn))), "ok");
    const auto entry = [&](std::string path, Timestamp at) {
        return core::WorkspaceEntry{.root = turn.run.id,
                                    .path = std::move(path),
                                    .author = turn.run.id,
                                    .text = "a",
                                    .written_at = at};
    };
    core::RunAppend moved{.run = turn.run.id, .written = {entry("old", {5}), entry("new", {6})}};
    ASSERT_EQ(outcome_of(run(rig_->journal().append(moved))), "ok");
    const auto before = run(rig_->sessions().find(session.id)).value();

    core::Run fork = stored(turn.run.id);
    fork.id = ids_.make<RunId>();
    fork.root = fork.id;
    fork.kind = core::RunKind::Fork;
    fork.state = core::RunState::Queued;
    fork.forked_from = core::ForkPoint{.run = turn.run.id, .step = 1, .message = "bye"};
    core::Step copy = turn.step;
    copy.run = fork.id;
    copy.state = core::StepState::Done;
    copy.output = core::SentOutput{.text = "kept"};
    copy.input = core::SentInput{};
    const core::Mutation mutation{.key = "k", .operation = "ForkRun", .fingerprint = "f"};
    int asked = 0;
    const auto decide = [&](const core::ForkGround& ground) -> Result<core::ForkBegin> {
        ++asked;
        EXPECT_EQ(ground.run.id, turn.run.id);
        EXPECT_EQ(ground.bot.id, turn.run.bot);
        EXPECT_EQ(ground.steps, std::vector{turn.step});
        return core::ForkBegin{.run = fork,
                               .steps = {copy},
                               .workspace_until = {5},
                               .events = {core::RunQueued{.run = fork.id, .root = fork.id}}};
    };
    const auto begun = run(rig_->journal().begin_fork(turn.run.id, decide, mutation));
    ASSERT_EQ(outcome_of(begun), "ok");
    EXPECT_EQ(begun->subject, fork.id.text());
    EXPECT_EQ(stored(fork.id), fork);
    EXPECT_EQ(rig_->outbox().back(), "run.queued " + fork.id.text());
    const auto input = run(rig_->records().input(fork.id, 1000)).value();
    EXPECT_EQ(input.message.text, "bye");
    EXPECT_EQ(input.steps, std::vector{copy});
    const auto files = run(rig_->workspaces().list(fork.id)).value();
    ASSERT_EQ(files.size(), 1U);
    EXPECT_EQ(files[0].path, "old");
    EXPECT_EQ(run(rig_->sessions().find(session.id)).value(), before) << "nothing is said";
    EXPECT_EQ(run(rig_->records().list({.kind = core::RunKind::Fork}, {})).value().items, std::vector{fork});

    EXPECT_EQ(run(rig_->journal().begin_fork(turn.run.id, decide, mutation))->outcome,
              core::Outcome::Repeated);
    EXPECT_EQ(asked, 1);
    const auto refuse = [](const core::ForkGround&) -> Result<core::ForkBegin> {
        return fail(ErrorCode::WrongState, "No.");
    };
    EXPECT_EQ(outcome_of(run(rig_->journal().begin_fork(turn.run.id, refuse, {}))), "wrong_state");
    EXPECT_EQ(outcome_of(run(rig_->journal().begin_fork(ids_.make<RunId>(), decide, {}))), "not_found");
    EXPECT_EQ(run(rig_->records().list({}, {})).value().items.size(), 2U);
}

}  // namespace boternity::testing
