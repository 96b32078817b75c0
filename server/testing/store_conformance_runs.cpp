// Runs as they go on: steps, agents, what they tell each other, decisions, claims and workspaces.
#include "testing/store_conformance.hpp"

#include <set>

namespace boternity::testing {

int link_store_run_cases() {
    return 1;
}

namespace {

using core::AgentMessageKind;
using core::StepState;

core::Step a_step(RunId run, int position, core::StepInput input, core::StepOutput output = {}) {
    const bool done = !std::holds_alternative<std::monostate>(output);
    return {.run = run,
            .position = position,
            .state = done ? StepState::Done : StepState::Intended,
            .sequence = static_cast<std::uint32_t>(position) * 2,
            .ended_sequence = done ? static_cast<std::uint32_t>(position) * 2 + 1 : 0,
            .input = std::move(input),
            .output = std::move(output),
            .started_at = {1'000'000}};
}

/// A step of each kind, with all that each can hold.
std::vector<core::Step> steps_of_all_kinds(RunId run, RunId agent) {
    core::ModelOutput said{
        .parts = {core::ReasoningPart{.text = "hm", .state = {"x", "sig\0nature"}},
                  core::TextPart{.text = "Look: \xF0\x9F\x8E\x89", .state = {"y", "z"}},
                  core::ToolCall{.id = "c1", .name = "t", .arguments = "{\"a\":1}", .state = {"f", "d"}}},
        .pieces = {6, 4},
        .stop_reason = core::StopReason::ToolCalls};
    core::Step model = a_step(run, 1,
                              core::ModelInput{.model = "local/small",
                                               .messages = 3,
                                               .dropped = 2,
                                               .max_output_tokens = 100,
                                               .cuts = {{1, 2, 3}},
                                               .request_hash = "sha256:1"},
                              std::move(said));
    model.usage = {.input_tokens = 5, .output_tokens = 6};
    const core::AgentMessage word{.to = run,
                                  .position = 1,
                                  .from = agent,
                                  .sender = "a",
                                  .kind = AgentMessageKind::Result,
                                  .text = "done",
                                  .sent_at = {5}};
    core::Step failed = a_step(run, 6, core::ToolInput{.call = "c2", .tool = "t", .arguments = "x"});
    failed.state = StepState::Failed;
    failed.error = core::RunError{ErrorCode::PermissionDenied, "No."};
    return {std::move(model),
            a_step(run, 2,
                   core::ToolInput{.call = "c1",
                                   .tool = "agent.spawn",
                                   .arguments = "{}",
                                   .read_only = true,
                                   .idempotent = true},
                   core::ToolOutput{.text = std::string(10'000, 'x'),
                                    .failed = true,
                                    .bytes = 20'000,
                                    .repeated = 3,
                                    .agent = core::SpawnedAgent{agent, "a"},
                                    .heard = {agent}}),
            a_step(run, 3, core::WaitInput{}, core::WaitOutput{{word}}),
            a_step(run, 4, core::DecisionInput{"Go?", {"yes", "no"}, 2, "sha256:2", Timestamp{9}},
                   core::DecisionOutput{"yes", "owner"}),
            a_step(run, 5, core::SentInput{}, core::SentOutput{.to = agent}),
            std::move(failed)};
}

}  // namespace

TEST_P(StoreConformance, StepsOfEveryKindComeBackAsTheyWere) {
    const core::TurnBegin turn = a_turn(add_session(add_bot("alfa")), "hello");
    ASSERT_EQ(outcome_of(run(begin(turn))), "ok");
    const auto steps = steps_of_all_kinds(turn.run.id, turn.run.id);
    core::RunAppend moved{.run = turn.run.id, .steps = steps, .state = core::RunState::Running};
    moved.events = {
        core::StepMoved{.run = turn.run.id, .root = turn.run.id, .position = 1, .state = StepState::Done}};
    ASSERT_EQ(outcome_of(run(rig_->journal().append(moved))), "ok");
    EXPECT_EQ(run(rig_->records().steps(turn.run.id)).value(), steps);
    EXPECT_EQ(run(rig_->records().input(turn.run.id, 1000)).value().steps, steps);
    EXPECT_EQ(stored(turn.run.id).state, core::RunState::Running);
    EXPECT_EQ(rig_->outbox().back(), "run.step " + turn.run.id.text());
}

TEST_P(StoreConformance, OnlyWhoHoldsARunMovesIt) {
    const core::TurnBegin turn = a_turn(add_session(add_bot("alfa")), "hello");
    ASSERT_EQ(outcome_of(run(begin(turn))), "ok");
    const auto step = a_step(turn.run.id, 2, core::WaitInput{});
    core::RunAppend moved{.run = turn.run.id, .attempt = 2, .steps = {step}};
    EXPECT_EQ(outcome_of(run(rig_->journal().append(moved))), "wrong_state");
    moved.run = ids_.make<RunId>();
    EXPECT_EQ(outcome_of(run(rig_->journal().append(moved))), "not_found");
    ASSERT_EQ(outcome_of(run(rig_->journal().end(an_end(turn, "hi")))), "ok");
    moved = {.run = turn.run.id, .steps = {step}};
    EXPECT_EQ(outcome_of(run(rig_->journal().append(moved))), "wrong_state") << "it has ended";
    EXPECT_EQ(run(rig_->records().steps(turn.run.id)).value().size(), 1U);
}

TEST_P(StoreConformance, AnAgentBeginsWithTheStepThatSpawnsIt) {
    const core::Session session = add_session(add_bot("alfa"));
    const core::TurnBegin turn = a_turn(session, "hello");
    ASSERT_EQ(outcome_of(run(begin(turn))), "ok");
    core::Run agent = turn.run;
    agent.id = ids_.make<RunId>();
    agent.parent = turn.run.id;
    agent.depth = 1;
    agent.kind = core::RunKind::Agent;
    agent.brief = core::AgentBrief{"a", "Count.", "Be quick.", true};
    agent.settings.tools = {"now"};
    agent.settings.max_steps = 3;
    agent.input_message.reset();
    agent.input_position = 0;
    const core::AgentBegin begin_agent{.run = agent,
                                       .step = a_step(agent.id, 1, core::ModelInput{.model = "m"})};
    core::RunAppend moved{.run = turn.run.id, .agents = {begin_agent}};
    moved.steps = {a_step(turn.run.id, 2, core::ToolInput{.tool = "agent.spawn"},
                          core::ToolOutput{.agent = core::SpawnedAgent{agent.id, "a"}})};
    ASSERT_EQ(outcome_of(run(rig_->journal().append(moved))), "ok");
    EXPECT_EQ(stored(agent.id), agent);
    const auto input = run(rig_->records().input(agent.id, 1000)).value();
    EXPECT_EQ(input.message.text, "Count.");
    EXPECT_EQ(input.soul, "Be quick.");
    EXPECT_EQ(input.steps, std::vector{begin_agent.step});
    const auto tree = run(rig_->records().tree(turn.run.id)).value();
    ASSERT_EQ(tree.size(), 2U);
    EXPECT_EQ(tree[1], agent);
    EXPECT_EQ(run(rig_->records().tree(agent.id)).value().size(), 1U);
    const auto agents = run(rig_->records().list({.kind = core::RunKind::Agent}, {})).value();
    EXPECT_EQ(agents.items, std::vector{agent});

    // Its end tells its parent, once.
    core::RunEnd end{.run = agent};
    end.run.state = core::RunState::Completed;
    end.run.ended_at = clock_.now();
    end.result = core::AgentMessage{.to = turn.run.id,
                                    .from = agent.id,
                                    .sender = "a",
                                    .kind = AgentMessageKind::Result,
                                    .text = "1 2 3",
                                    .sent_at = clock_.now()};
    ASSERT_EQ(outcome_of(run(rig_->journal().end(end))), "ok");
    EXPECT_EQ(outcome_of(run(rig_->journal().end(end))), "wrong_state");
    core::AgentMessage told = *end.result;
    told.position = 1;
    EXPECT_EQ(run(rig_->records().inbox(turn.run.id)).value(), std::vector{told});
    EXPECT_EQ(run(rig_->records().input(turn.run.id, 1000)).value().inbox, std::vector{told});
    core::RunAppend taking{.run = turn.run.id, .taken = {{.position = 1, .step = 3}}};
    ASSERT_EQ(outcome_of(run(rig_->journal().append(taking))), "ok");
    EXPECT_TRUE(run(rig_->records().inbox(turn.run.id)).value().empty());
    EXPECT_EQ(run(rig_->records().list({.session = session.id}, {})).value().items.size(), 2U);
}

TEST_P(StoreConformance, AnInboxIsBounded) {
    const core::TurnBegin turn = a_turn(add_session(add_bot("alfa")), "hello");
    ASSERT_EQ(outcome_of(run(begin(turn))), "ok");
    const auto send = [&](AgentMessageKind kind) {
        core::RunAppend moved{.run = turn.run.id};
        moved.sent = {{.to = turn.run.id, .from = turn.run.id, .sender = "x", .kind = kind, .text = "t"}};
        return outcome_of(run(rig_->journal().append(moved)));
    };
    for (int i = 0; i < core::RunJournal::kMaxUnread; ++i) ASSERT_EQ(send(AgentMessageKind::Text), "ok");
    EXPECT_EQ(send(AgentMessageKind::Text), "rate_limited");
    EXPECT_EQ(send(AgentMessageKind::Result), "ok") << "a result is never refused";
    core::RunAppend taking{.run = turn.run.id, .taken = {{.position = 1, .step = 2}}};
    ASSERT_EQ(outcome_of(run(rig_->journal().append(taking))), "ok");
    EXPECT_EQ(send(AgentMessageKind::Text), "ok");
    EXPECT_EQ(run(rig_->records().inbox(turn.run.id)).value().size(), 65U);
}

TEST_P(StoreConformance, ADecisionIsMadeOnce) {
    const core::TurnBegin turn = a_turn(add_session(add_bot("alfa")), "hello");
    ASSERT_EQ(outcome_of(run(begin(turn))), "ok");
    const auto asked = a_step(turn.run.id, 2, core::DecisionInput{.question = "Go?"});
    core::RunAppend moved{.run = turn.run.id, .steps = {asked}, .state = core::RunState::Waiting};
    ASSERT_EQ(outcome_of(run(rig_->journal().append(moved))), "ok");
    EXPECT_EQ(stored(turn.run.id).state, core::RunState::Waiting);
    core::Decided decided{.run = turn.run.id, .step = 2, .output = {"yes", "owner"}, .at = clock_.now()};
    decided.events = {core::DecisionMade{.run = turn.run.id, .root = turn.run.id, .step = 2}};
    const core::Mutation mutation{.key = "k", .operation = "DecideRun", .fingerprint = "f"};
    const auto step = run(rig_->journal().decide(decided, mutation));
    ASSERT_EQ(outcome_of(step), "ok");
    EXPECT_EQ(step->state, StepState::Done);
    EXPECT_EQ(step->output, core::StepOutput(decided.output));
    EXPECT_EQ(run(rig_->records().steps(turn.run.id)).value().at(1), *step);
    EXPECT_EQ(outcome_of(run(rig_->journal().decide(decided, mutation))), "ok") << "the same request";
    EXPECT_EQ(outcome_of(run(rig_->journal().decide(decided, {}))), "wrong_state");
    decided.step = 1;
    EXPECT_EQ(outcome_of(run(rig_->journal().decide(decided, {}))), "not_found") << "no decision";
    EXPECT_EQ(rig_->outbox().back(), "decision.made " + turn.run.id.text());
}

TEST_P(StoreConformance, CrashesAreCountedUntilAStepIsDone) {
    const core::TurnBegin turn = a_turn(add_session(add_bot("alfa")), "hello");
    ASSERT_EQ(outcome_of(run(begin(turn))), "ok");
    const auto claimed = [&] {
        return run(rig_->claims().claim_unfinished("node", clock_.now())).value().at(0).crashes;
    };
    EXPECT_EQ(claimed(), 1);
    EXPECT_EQ(claimed(), 2);
    EXPECT_EQ(claimed(), 2) << "a suspect that had not begun";
    int attempt = 4;
    core::RunAppend moved{.run = turn.run.id, .attempt = attempt, .state = core::RunState::Running};
    ASSERT_EQ(outcome_of(run(rig_->journal().append(moved))), "ok");
    EXPECT_EQ(stored(turn.run.id).crashes, 2) << "to begin is no step done";
    EXPECT_EQ(claimed(), 3);
    moved.attempt = ++attempt;
    moved.steps = {a_step(turn.run.id, 2, core::WaitInput{}, core::WaitOutput{})};
    moved.state = core::RunState::Waiting;
    ASSERT_EQ(outcome_of(run(rig_->journal().append(moved))), "ok");
    EXPECT_EQ(stored(turn.run.id).crashes, 0);
    EXPECT_EQ(claimed(), 0) << "it waited for a person";
    EXPECT_EQ(stored(turn.run.id).state, core::RunState::Waiting);
    ASSERT_EQ(outcome_of(run(rig_->claims().release("node"))), "ok");
    EXPECT_EQ(claimed(), 0);
}

TEST_P(StoreConformance, OnlyAFailedRunIsReopened) {
    const core::TurnBegin turn = a_turn(add_session(add_bot("alfa")), "hello");
    ASSERT_EQ(outcome_of(run(begin(turn))), "ok");
    EXPECT_EQ(outcome_of(run(rig_->claims().reopen(turn.run.id, clock_.now(), {}))), "wrong_state");
    EXPECT_EQ(outcome_of(run(rig_->claims().reopen(ids_.make<RunId>(), clock_.now(), {}))), "not_found");
    core::RunEnd end = an_end(turn, "half");
    end.run.state = core::RunState::Failed;
    end.run.error = core::RunError{ErrorCode::UpstreamFailed, "Down."};
    ASSERT_EQ(outcome_of(run(rig_->journal().end(end))), "ok");
    const auto open = run(rig_->claims().reopen(turn.run.id, clock_.now(),
                                                {core::RunResumed{.run = turn.run.id, .root = turn.run.id}}));
    EXPECT_EQ(rig_->outbox().back(), "run.resumed " + turn.run.id.text());
    ASSERT_EQ(outcome_of(open), "ok");
    EXPECT_EQ(open->state, core::RunState::Queued);
    EXPECT_EQ(open->attempt, 2);
    EXPECT_FALSE(open->error || open->ended_at || open->stop_reason);
    EXPECT_EQ(stored(turn.run.id), *open);
    EXPECT_EQ(outcome_of(run(rig_->claims().reopen(turn.run.id, clock_.now(), {}))), "wrong_state");
    core::RunEnd again = an_end(turn, "whole");
    again.run.attempt = 2;
    EXPECT_EQ(outcome_of(run(rig_->journal().end(again))), "ok");
}

TEST_P(StoreConformance, AWorkspaceKeepsEveryVersion) {
    const core::TurnBegin turn = a_turn(add_session(add_bot("alfa")), "hello");
    ASSERT_EQ(outcome_of(run(begin(turn))), "ok");
    const RunId root = turn.run.id;
    const auto write = [&](core::WorkspaceChange change, std::string text, int base,
                           std::string path = "a/b.md") {
        core::RunAppend moved{.run = root};
        moved.written = {{.root = root,
                          .path = std::move(path),
                          .change = change,
                          .base = base,
                          .author = root,
                          .text = std::move(text),
                          .written_at = clock_.now()}};
        return outcome_of(run(rig_->journal().append(moved)));
    };
    using enum core::WorkspaceChange;
    EXPECT_EQ(write(Write, "one\n", 0), "ok");
    EXPECT_EQ(write(Append, "two\n", 0), "ok");
    EXPECT_EQ(write(Write, "lost", 1), "stale_etag");
    EXPECT_EQ(write(Write, "three\n", 2), "ok");
    EXPECT_EQ(write(Append, "four\n", 0), "ok");
    EXPECT_EQ(write(Append, "x", 0, "a/a.md"), "ok");
    const auto read = [&](int version) { return run(rig_->workspaces().read(root, "a/b.md", version)); };
    EXPECT_EQ(read(1)->text, "one\n");
    EXPECT_EQ(read(2)->text, "one\ntwo\n");
    EXPECT_EQ(read(3)->text, "three\n");
    EXPECT_EQ(*read(0), (core::WorkspaceFile{"a/b.md", 4, "three\nfour\n", root}));
    EXPECT_EQ(outcome_of(read(5)), "not_found");
    EXPECT_EQ(outcome_of(run(rig_->workspaces().read(root, "nowhere", 0))), "not_found");
    const auto paths = run(rig_->workspaces().list(root)).value();
    ASSERT_EQ(paths.size(), 2U);
    EXPECT_EQ(paths[0], (core::WorkspacePath{"a/a.md", 1, 1, root, clock_.now()}));
    EXPECT_EQ(paths[1], (core::WorkspacePath{"a/b.md", 4, 11, root, clock_.now()}));
    const auto entries = run(rig_->workspaces().entries(root, "a/b.md")).value();
    ASSERT_EQ(entries.size(), 4U);
    EXPECT_EQ(entries[3].version, 4);
    EXPECT_EQ(entries[3].text, "four\n");
    EXPECT_TRUE(run(rig_->workspaces().list(ids_.make<RunId>())).value().empty());
}

TEST_P(StoreConformance, AnAppendThatFailsChangesNothing) {
    const core::TurnBegin turn = a_turn(add_session(add_bot("alfa")), "hello");
    ASSERT_EQ(outcome_of(run(begin(turn))), "ok");
    const core::Run before = stored(turn.run.id);
    core::RunAppend moved{.run = turn.run.id, .state = core::RunState::Running};
    moved.steps = {a_step(turn.run.id, 2, core::WaitInput{}, core::WaitOutput{})};
    moved.sent = {{.to = turn.run.id, .from = turn.run.id, .sender = "x", .text = "t"}};
    moved.events = {core::StepMoved{.run = turn.run.id}};
    moved.written = {{.root = turn.run.id, .path = "p", .base = 7, .author = turn.run.id, .text = "x"}};
    const auto told = rig_->outbox();
    EXPECT_EQ(outcome_of(run(rig_->journal().append(moved))), "stale_etag");
    EXPECT_EQ(stored(turn.run.id), before);
    EXPECT_EQ(run(rig_->records().steps(turn.run.id)).value(), std::vector{turn.step});
    EXPECT_TRUE(run(rig_->records().inbox(turn.run.id)).value().empty());
    EXPECT_EQ(rig_->outbox(), told);
}

}  // namespace boternity::testing
