// A run from its first model call to its answer, with tools in between.
#include "core/tests/platform.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace boternity::core {
namespace {

using testing::Gate;
using ::testing::HasSubstr;
using testing::ScriptedReply;

std::vector<StepKind> kinds_of(const std::vector<Step>& steps) {
    std::vector<StepKind> kinds;
    for (const Step& step : steps) kinds.push_back(step.kind());
    return kinds;
}

const ToolOutput& output_of(const Step& step) {
    return std::get<ToolOutput>(step.output);
}

std::vector<ToolResult> results_in(const ModelRequest& request) {
    std::vector<ToolResult> results;
    for (const auto& message : request.messages)
        for (const auto* result : parts_of<ToolResult>(message)) results.push_back(*result);
    return results;
}

TEST(AgentLoop, CallsAToolAndTellsTheModelWhatItAnswered) {
    Platform p;
    const auto weather = p.tool("weather.now");
    weather->answer = [](const ToolInvocation& call) -> ToolAnswer {
        return "Rain in " + call.arguments.text("city");
    };
    const auto session = p.session(p.bot_with({"weather.now"}));
    p.llm->reply(ScriptedReply::calls({{"weather_now", R"({"city":"Oslo"})"}}, "Let me look."));
    p.llm->says("It rains.");
    const auto run = *p.say(session, "And the weather?");
    EXPECT_EQ(p.answer(run)->text, "Let me look.\n\nIt rains.");

    ASSERT_EQ(weather->calls.size(), 1U);
    EXPECT_EQ(weather->calls[0].key, run.id.text() + "/2");
    const auto asked = p.llm->requests();
    ASSERT_EQ(asked.size(), 2U);
    ASSERT_EQ(asked[0].tools.size(), 1U);
    EXPECT_EQ(asked[0].tools[0].name, "weather_now");
    EXPECT_EQ(results_in(asked[1]),
              (std::vector<ToolResult>{{.call = "call-0", .name = "weather_now", .text = "Rain in Oslo"}}));
    using enum StepKind;
    const auto steps = p.steps(run);
    EXPECT_EQ(kinds_of(steps), (std::vector{ModelCall, ToolCall, ModelCall, MessageSent}));
    EXPECT_EQ(std::get<ToolInput>(steps[1].input).tool, "weather.now");
    for (const Step& step : steps) EXPECT_EQ(step.state, StepState::Done);
    const auto ended = *p.run(p.runs.get(run.id.text()));
    EXPECT_EQ(ended.usage.input_tokens, 20) << "the sum of both calls";
}

TEST(AgentLoop, ToolsOfOneAnswerRunSideBySide) {
    Platform p;
    const auto slow = p.tool("slow");
    const auto quick = p.tool("quick");
    slow->gate = std::make_shared<Gate>();
    const auto session = p.session(p.bot_with({"slow", "quick"}));
    p.llm->reply(ScriptedReply::calls({{"slow", "{}"}, {"quick", "{}"}}));
    p.llm->says("done");
    const auto run = *p.say(session, "go");
    testing::run_until(p.io, [&] { return slow->gate->arrived() == 1 && quick->calls.size() == 1; });
    testing::run_until(p.io, [&] { return p.steps(run)[2].state == StepState::Done; });
    EXPECT_EQ(p.steps(run)[1].state, StepState::Intended) << "what is done is durable while others go on";
    slow->gate->open();
    EXPECT_EQ(p.answer(run)->text, "done");
}

TEST(AgentLoop, FaultsOfACallAreToldToTheModel) {
    Platform p;
    p.tool("picky")->needs("city");
    const auto broken = p.tool("broken");
    broken->answer = [](const ToolInvocation&) -> ToolAnswer {
        return tell_model({.code = ErrorCode::Unavailable, .message = "The archive is closed."});
    };
    p.tool("secret");
    const auto session = p.session(p.bot_with({"broken"}));
    p.llm->reply(ScriptedReply::calls(
        {{"broken", "not json"}, {"broken", "{}"}, {"nonsense", "{}"}, {"secret", "{}"}}));
    p.llm->says("I could not.");
    const auto run = *p.say(session, "try");
    EXPECT_EQ(p.answer(run)->text, "I could not.");
    const auto steps = p.steps(run);
    for (int i = 1; i <= 4; ++i) EXPECT_TRUE(output_of(steps[i]).failed) << i;
    EXPECT_THAT(output_of(steps[1]).text, HasSubstr("JSON object"));
    EXPECT_EQ(output_of(steps[2]).text, "The archive is closed.");
    EXPECT_THAT(output_of(steps[3]).text, HasSubstr("There is no tool nonsense for you. You have: broken."));
    EXPECT_THAT(output_of(steps[4]).text, HasSubstr("There is no tool secret")) << "it was not granted";
    EXPECT_EQ(broken->calls.size(), 1U);
}

TEST(AgentLoop, AToolMayStopTheRun) {
    Platform p;
    const auto vault = p.tool("vault");
    vault->answer = [](const ToolInvocation&) -> ToolAnswer {
        return stop_run({.code = ErrorCode::PermissionDenied, .message = "The vault is locked."});
    };
    const auto session = p.session(p.bot_with({"vault"}));
    p.llm->reply(ScriptedReply::calls({{"vault", "{}"}}));
    const auto run = *p.say(session, "open");
    EXPECT_EQ(p.answer(run).error().code, ErrorCode::PermissionDenied);
    EXPECT_EQ(p.steps(run)[1].state, StepState::Failed);
    EXPECT_EQ(p.llm->requests().size(), 1U);
}

TEST(AgentLoop, WhatStopsTheRunStopsTheOtherCallsToo) {
    Platform p;
    const auto slow = p.tool("slow");
    const auto vault = p.tool("vault");
    slow->gate = std::make_shared<Gate>();
    vault->answer = [](const ToolInvocation&) -> ToolAnswer {
        return stop_run({.code = ErrorCode::PermissionDenied, .message = "The vault is locked."});
    };
    const auto session = p.session(p.bot_with({"slow", "vault"}));
    p.llm->reply(ScriptedReply::calls({{"slow", "{}"}, {"vault", "{}"}}));
    const auto run = *p.say(session, "open");
    EXPECT_EQ(p.answer(run).error().code, ErrorCode::PermissionDenied) << "though the gate was never opened";
    const auto steps = p.steps(run);
    EXPECT_EQ(steps[1].state, StepState::Failed);
    EXPECT_EQ(steps[2].state, StepState::Failed);
}

TEST(AgentLoop, ALongResultIsCutByTheStatedRule) {
    Platform p;
    const auto log = p.tool("log");
    log->answer = [](const ToolInvocation&) -> ToolAnswer {
        return "begin" + std::string(50 * 1024 * 1024, 'x') + "end";
    };
    const auto session = p.session(p.bot_with({"log"}));
    p.llm->reply(ScriptedReply::calls({{"log", "{}"}}));
    p.llm->says("long");
    const auto run = *p.say(session, "read");
    EXPECT_EQ(p.answer(run)->text, "long");
    const auto steps = p.steps(run);
    const auto& told = output_of(steps[1]);
    EXPECT_EQ(told.bytes, 50U * 1024 * 1024 + 8);
    EXPECT_LT(told.text.size(), 4300U) << "the window has 4096 tokens";
    EXPECT_THAT(told.text, ::testing::StartsWith("beginxxx"));
    EXPECT_THAT(told.text, ::testing::EndsWith("xxxend"));
    EXPECT_THAT(told.text, HasSubstr("bytes are left out here"));
}

TEST(AgentLoop, AModelThatCallsForEverIsStopped) {
    Platform p;
    const auto counter = p.tool("count");
    counter->answer = [&](const ToolInvocation&) -> ToolAnswer {
        return std::to_string(counter->calls.size());
    };
    p.llm->otherwise([](const ModelRequest&) { return ScriptedReply::calls({{"count", "{}"}}); });
    const auto session = p.session(p.bot_with({"count"}, {.max_steps = 7}));
    const auto run = *p.say(session, "count");
    EXPECT_EQ(p.answer(run).error().code, ErrorCode::LimitExceeded);
    EXPECT_EQ(p.llm->requests().size(), 7U);
    const auto ended = *p.run(p.runs.get(run.id.text()));
    EXPECT_THAT(ended.error->message, HasSubstr("7 times"));
}

TEST(AgentLoop, TheSameCallWithTheSameResultIsToldAndThenStopped) {
    Platform p;
    const auto same = p.tool("same");
    p.llm->otherwise([](const ModelRequest&) { return ScriptedReply::calls({{"same", "{}"}}); });
    const auto session = p.session(p.bot_with({"same"}));
    const auto run = *p.say(session, "go");
    EXPECT_EQ(p.answer(run).error().code, ErrorCode::LimitExceeded);
    EXPECT_EQ(same->calls.size(), 5U);
    const auto steps = p.steps(run);
    EXPECT_EQ(output_of(steps[3]).repeated, 0);
    EXPECT_EQ(output_of(steps[5]).repeated, 3);
    EXPECT_THAT(results_in(p.llm->requests()[3]).back().text, HasSubstr("3 times with the same arguments"));
}

TEST(AgentLoop, TokensOfARunAreLimited) {
    Platform p;
    p.tool("count");
    p.llm->otherwise([](const ModelRequest&) { return ScriptedReply::calls({{"count", "{}"}}); });
    const auto session = p.session(p.bot_with({"count"}, {.max_run_tokens = 30}));
    const auto run = *p.say(session, "go");
    EXPECT_EQ(p.answer(run).error().code, ErrorCode::LimitExceeded);
    EXPECT_EQ(p.llm->requests().size(), 2U) << "15 tokens each";
}

TEST(AgentLoop, TimeOfARunIsLimited) {
    Platform p;
    const auto slow = p.tool("slow");
    slow->answer = [&](const ToolInvocation&) -> ToolAnswer {
        p.clock.advance(std::chrono::seconds(61));
        return std::to_string(slow->calls.size());
    };
    p.llm->otherwise([](const ModelRequest&) { return ScriptedReply::calls({{"slow", "{}"}}); });
    const auto session = p.session(p.bot_with({"slow"}, {.max_run_seconds = 60}));
    const auto run = *p.say(session, "go");
    EXPECT_EQ(p.answer(run).error().code, ErrorCode::LimitExceeded);
    EXPECT_EQ(slow->calls.size(), 1U);
}

TEST(AgentLoop, ACancelEndsTheToolsUnderWay) {
    Platform p;
    const auto slow = p.tool("slow");
    slow->gate = std::make_shared<Gate>();
    const auto session = p.session(p.bot_with({"slow"}));
    p.llm->reply(ScriptedReply::calls({{"slow", "{}"}}, "Wait."));
    const auto run = *p.say(session, "go");
    testing::run_until(p.io, [&] { return slow->gate->arrived() == 1; });
    EXPECT_EQ(p.run(p.runs.cancel(run.id.text(), {}))->state, RunState::Cancelled);
    const auto steps = p.steps(run);
    EXPECT_EQ(steps[1].state, StepState::Failed);
    EXPECT_EQ(steps[1].error->code, ErrorCode::Cancelled);
    EXPECT_EQ(p.run(p.sessions.messages(session.id.text(), {}))->items.back().text, "Wait.");
}

TEST(AgentLoop, CallIdsThatAModelRepeatsAreMadeUnique) {
    Platform p;
    const auto tool = p.tool("t");
    tool->answer = [&](const ToolInvocation&) -> ToolAnswer { return std::to_string(tool->calls.size()); };
    const auto session = p.session(p.bot_with({"t"}));
    for (int i = 0; i < 2; ++i) p.llm->reply(ScriptedReply::calls({{"t", "{}"}, {"t", "{}"}}));
    p.llm->says("done");
    ASSERT_TRUE(p.answer(*p.say(session, "go")));
    std::set<std::string> ids;
    for (const auto& result : results_in(p.llm->last_request())) ids.insert(result.call);
    EXPECT_EQ(ids.size(), 4U);
}

TEST(AgentLoop, TheStreamOfAnEndedRunIsTheOneThatWasLive) {
    Platform p;
    const auto tool = p.tool("t");
    const auto session = p.session(p.bot_with({"t"}));
    p.llm->reply(ScriptedReply::calls({{"t", R"({"a":1})"}, {"t", "{}"}}, "First this. "));
    p.llm->says("Then that, in some pieces.");
    tool->gate = std::make_shared<Gate>();
    const auto run = *p.say(session, "go");
    testing::run_until(p.io, [&] { return tool->gate->arrived() == 2; });
    const auto told = p.watch(run);
    tool->gate->open();
    ASSERT_TRUE(p.answer(run));
    testing::run_until(p.io, [&] { return p.scope.running() == 0; });
    ASSERT_FALSE(told->empty());
    EXPECT_EQ(p.events(run), *told);
    for (std::size_t i = 0; i < told->size(); ++i) EXPECT_EQ((*told)[i].sequence, i + 1) << "without a gap";
}

TEST(AgentLoop, ABotWithoutToolsIsOfferedNone) {
    Platform p;
    p.tool("t");
    const auto session = p.session();
    p.llm->says("hi");
    ASSERT_TRUE(p.answer(*p.say(session, "hello")));
    EXPECT_TRUE(p.llm->last_request().tools.empty());
    EXPECT_EQ(p.run(p.bots.create({.name = "B", .settings = {.tools = {"nonsense"}}}, {})).error().field,
              "settings.tools");
}

TEST(AgentLoop, AFailedRunIsResumedBehindItsLastDoneStep) {
    Platform p;
    const auto tool = p.tool("t");
    const auto session = p.session(p.bot_with({"t"}));
    p.llm->reply(ScriptedReply::calls({{"t", "{}"}}));
    for (int i = 0; i < 3; ++i) p.llm->fails({.code = ErrorCode::UpstreamFailed, .message = "Down."});
    const auto run = *p.say(session, "go");
    EXPECT_EQ(p.answer(run).error().code, ErrorCode::UpstreamFailed);
    EXPECT_EQ(p.run(p.runs.resume(run.id.text(), {}))->attempt, 2);
    p.llm->says("at last");
    EXPECT_EQ(p.answer(run)->text, "at last");
    EXPECT_EQ(tool->calls.size(), 1U) << "a finished step is not done again";
    EXPECT_EQ(p.run(p.runs.resume(run.id.text(), {})).error().code, ErrorCode::WrongState);
}

}  // namespace
}  // namespace boternity::core
