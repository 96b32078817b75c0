// What only a person can decide, and what a crash leaves behind.
#include "core/tests/platform.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace boternity::core {
namespace {

using testing::Gate;
using ::testing::HasSubstr;
using testing::ScriptedReply;

struct Decisions : ::testing::Test {
    Platform p;

    core::Run asking(std::string arguments = R"({"question":"Red or blue?","options":["red","blue"]})") {
        p.llm->reply(ScriptedReply::calls({{"ask_person", std::move(arguments)}}));
        p.llm->says("So be it.");
        const auto run = *p.say(p.session(p.bot_with({"ask_person"})), "Choose");
        testing::run_until(p.io,
                           [&] { return p.run(p.runs.get(run.id.text()))->state == RunState::Waiting; });
        return run;
    }

    Result<Step> decide(const core::Run& run, std::string answer, std::string key = {}) {
        CallContext context;
        if (!key.empty()) context.mutation = {.key = key, .operation = "decide", .fingerprint = answer};
        return p.run(p.runs.decide(run.id.text(), 0, std::move(answer), std::move(context)));
    }
};

TEST_F(Decisions, TheAnswerGoesToTheModel) {
    const auto run = asking();
    EXPECT_EQ(decide(run, "green").error().field, "answer");
    ASSERT_TRUE(decide(run, "blue"));
    EXPECT_EQ(p.answer(run)->text, "So be it.");
    const auto steps = p.steps(run);
    EXPECT_EQ(std::get<ToolOutput>(steps[1].output).text, "blue");
    EXPECT_EQ(std::get<DecisionOutput>(steps[2].output), (DecisionOutput{"blue", "owner"}));
}

TEST_F(Decisions, AreMadeOnce) {
    const auto run = asking();
    ASSERT_TRUE(decide(run, "blue", "key"));
    EXPECT_TRUE(decide(run, "blue", "key")) << "the same request again";
    EXPECT_EQ(p.run(p.runs.decide(run.id.text(), 3, "red", {})).error().code, ErrorCode::WrongState);
    EXPECT_EQ(p.run(p.runs.decide(run.id.text(), 9, "red", {})).error().code, ErrorCode::NotFound);
    EXPECT_EQ(p.answer(run)->text, "So be it.");
    EXPECT_EQ(decide(run, "red").error().code, ErrorCode::WrongState);
}

TEST_F(Decisions, OutliveTheServer) {
    const auto run = asking();
    NextServer after(p);
    ASSERT_EQ(after.recover(), 1);
    testing::run_until(p.io, [&] { return after.scheduler.find(run.id) != nullptr; });
    EXPECT_EQ(p.run(after.runs.get(run.id.text()))->state, RunState::Waiting);
    ASSERT_TRUE(p.run(after.runs.decide(run.id.text(), 0, "red", {})));
    EXPECT_EQ(p.run(after.turns.answer(run.id.text(), {}))->text, "So be it.");
    EXPECT_EQ(p.llm->requests().size(), 2U) << "no model was asked twice";
}

TEST_F(Decisions, ARunThatWaitsCanBeCancelled) {
    const auto run = asking();
    EXPECT_EQ(p.run(p.runs.cancel(run.id.text(), {}))->state, RunState::Cancelled);
    EXPECT_EQ(decide(run, "red").error().code, ErrorCode::WrongState);
}

/// A tool that was called when the server ended.
struct AfterACrash : Decisions {
    std::shared_ptr<testing::FakeTool> tool;

    core::Run under_way(bool idempotent) {
        tool = p.tool("pay", idempotent);
        tool->gate = std::make_shared<Gate>();
        p.llm->reply(ScriptedReply::calls({{"pay", R"({"sum":5})"}}));
        p.llm->says("Paid.");
        const auto run = *p.say(p.session(p.bot_with({"pay"})), "Pay");
        testing::run_until(p.io, [&] { return tool->gate->arrived() == 1; });
        return run;
    }
};

TEST_F(AfterACrash, AnIdempotentToolIsCalledAgainUnderTheSameKey) {
    const auto run = under_way(true);
    NextServer after(p);
    ASSERT_EQ(after.recover(), 1);
    testing::run_until(p.io, [&] { return tool->calls.size() == 2; });
    EXPECT_EQ(tool->calls[0].key, tool->calls[1].key);
    tool->gate->open();
    EXPECT_EQ(p.run(after.turns.answer(run.id.text(), {}))->text, "Paid.");
    EXPECT_EQ(p.llm->requests().size(), 2U);
    after.idle();
}

TEST_F(AfterACrash, AnyOtherWaitsForAPerson) {
    const auto run = under_way(false);
    NextServer after(p);
    ASSERT_EQ(after.recover(), 1);
    testing::run_until(p.io,
                       [&] { return p.run(after.runs.get(run.id.text()))->state == RunState::Waiting; });
    EXPECT_EQ(tool->calls.size(), 1U);
    const auto steps = p.steps(run);
    const auto& question = std::get<DecisionInput>(steps[2].input);
    EXPECT_THAT(question.question, HasSubstr(R"(pay was being called with {"sum":5})"));
    EXPECT_EQ(question.options, (std::vector<std::string>{"call again", "leave it", "stop the run"}));
    ASSERT_TRUE(p.run(after.runs.decide(run.id.text(), 3, "leave it", {})));
    EXPECT_EQ(p.run(after.turns.answer(run.id.text(), {}))->text, "Paid.");
    EXPECT_EQ(tool->calls.size(), 1U);
    EXPECT_THAT(std::get<ToolOutput>(p.steps(run)[1].output).text, HasSubstr("Nobody knows"));
    tool->gate->open();
    after.idle();
}

TEST_F(AfterACrash, CalledAgainItIsAskedOfAgainAfterTheNextCrash) {
    const auto run = under_way(false);
    NextServer second(p);
    ASSERT_EQ(second.recover(), 1);
    testing::run_until(p.io,
                       [&] { return p.run(second.runs.get(run.id.text()))->state == RunState::Waiting; });
    ASSERT_TRUE(p.run(second.runs.decide(run.id.text(), 0, "call again", {})));
    testing::run_until(p.io, [&] { return tool->calls.size() == 2; });
    NextServer third(p);
    ASSERT_EQ(third.recover(), 1);
    testing::run_until(p.io,
                       [&] { return p.run(third.runs.get(run.id.text()))->state == RunState::Waiting; });
    EXPECT_EQ(tool->calls.size(), 2U);
    ASSERT_TRUE(p.run(third.runs.decide(run.id.text(), 0, "stop the run", {})));
    testing::run_until(p.io, [&] { return has_ended(p.run(third.runs.get(run.id.text()))->state); });
    EXPECT_EQ(p.run(third.runs.get(run.id.text()))->state, RunState::Cancelled);
    tool->gate->open();
    second.idle();
    third.idle();
}

TEST_F(AfterACrash, ATurnThatComesTooLateIsNotAnswered) {
    auto gate = std::make_shared<Gate>();
    p.llm->reply({.open_gate = gate});
    const auto run = *p.say(p.session(), "Good morning");
    testing::run_until(p.io, [&] { return gate->arrived() == 1; });
    p.clock.advance(std::chrono::hours(15));
    NextServer after(p);
    ASSERT_EQ(after.recover(), 1);
    EXPECT_EQ(p.run(after.turns.answer(run.id.text(), {})).error().code, ErrorCode::Expired);
    p.llm->says("Good evening");
    ASSERT_TRUE(p.run(after.runs.resume(run.id.text(), {})));
    EXPECT_EQ(p.run(after.turns.answer(run.id.text(), {}))->text, "Good evening") << "a person may want it";
    gate->open();
    after.idle();
}

TEST_F(AfterACrash, AGivenBackRunIsNoSuspect) {
    auto gate = std::make_shared<Gate>();
    p.llm->reply({.open_gate = gate});
    const auto run = *p.say(p.session(), "hello");
    testing::run_until(p.io, [&] { return gate->arrived() == 1; });
    for (int i = 0; i < 5; ++i) {
        ASSERT_TRUE(p.run(p.store.claims().claim_unfinished("server", {})));
        ASSERT_TRUE(p.run(p.store.claims().release("server")));
    }
    EXPECT_LE(p.run(p.runs.get(run.id.text()))->crashes, 1) << "the first was held by this test's own server";
    gate->open();
}

}  // namespace
}  // namespace boternity::core
