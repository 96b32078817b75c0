#include "core/tests/platform.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace boternity::core {
namespace {

using testing::ScriptedReply;

struct Forks : ::testing::Test {
    Platform p;
    Bot bot{};
    std::shared_ptr<testing::FakeTool> tool = p.tool("t");
    Session session{};

    Forks() {
        tool->answer = [](const ToolInvocation& call) -> ToolAnswer {
            return "got " + call.arguments.text("a");
        };
        bot = p.bot_with({"t"}, {.max_steps = 2});
        session = p.session(bot);
    }

    /// 1 model call, 2 and 3 its tool calls, 4 model call, 5 message sent.
    core::Run a_turn(std::string text = "go") {
        p.llm->reply(ScriptedReply::calls({{"t", R"({"a":"x"})"}, {"t", R"({"a":"y"})"}}, "First."));
        p.llm->says("Done.");
        const auto run = *p.say(session, std::move(text));
        static_cast<void>(p.answer(run));
        return *p.run(p.runs.get(run.id.text()));
    }

    Result<core::Run> forked(const core::Run& of, ForkWish wish, std::string key = {}) {
        CallContext context;
        if (!key.empty()) context.mutation = {.key = key, .operation = "fork", .fingerprint = of.id.text()};
        return p.run(p.forks.begin(of.id.text(), std::move(wish), context));
    }

    core::Run ended(const core::Run& run) {
        static_cast<void>(p.events(run));
        return *p.run(p.runs.get(run.id.text()));
    }

    void refused(const core::Run& run, ForkWish wish, ErrorCode code, std::string message) {
        const auto before = p.run(p.runs.list({}, {}))->items.size();
        const auto answer = forked(run, std::move(wish));
        ASSERT_FALSE(answer);
        EXPECT_EQ(answer.error().code, code);
        EXPECT_EQ(answer.error().message, message);
        EXPECT_EQ(p.run(p.runs.list({}, {}))->items.size(), before) << "nothing is written";
    }
};

TEST_F(Forks, GoOnBehindTheCopiedStepsAndPayOnlyTheirOwn) {
    const core::Run turn = a_turn();
    const auto said = p.run(p.sessions.messages(session.id.text(), {}))->items;
    const auto steps = p.steps(turn);
    p.llm->says("Otherwise.");
    const core::Run fork = ended(*forked(turn, {.step = 3}));
    EXPECT_EQ(fork.kind, RunKind::Fork);
    EXPECT_EQ(fork.forked_from, (ForkPoint{.run = turn.id, .step = 3}));
    EXPECT_EQ(fork.root, fork.id);
    EXPECT_EQ(fork.state, RunState::Completed);
    EXPECT_EQ(tool->calls.size(), 2U) << "the copied calls are not made again";
    const auto own = p.steps(fork);
    ASSERT_EQ(own.size(), 5U);
    for (std::size_t i = 0; i < 3; ++i) {
        Step copy = steps[i];
        copy.run = fork.id;
        copy.sequence = copy.ended_sequence = 0;
        EXPECT_EQ(own[i], copy);
    }
    EXPECT_EQ(fork.usage, own[3].usage) << "what was copied was paid by the turn";
    EXPECT_NE(fork.usage, turn.usage);
    EXPECT_EQ(p.llm->requests().back().messages, p.llm->requests()[1].messages) << "the same conversation";
    EXPECT_EQ(std::get<SentOutput>(own[4].output).text, "First.\n\nOtherwise.");
    EXPECT_EQ(p.run(p.sessions.messages(session.id.text(), {}))->items, said);
    EXPECT_EQ(p.steps(turn), steps);
    EXPECT_EQ(*p.run(p.runs.get(turn.id.text())), turn);
}

TEST_F(Forks, HaveTheirLimitsToThemselves) {
    const core::Run turn = a_turn();  // has asked its model as often as it may
    p.llm->reply(ScriptedReply::calls({{"t", R"({"a":"z"})"}}));
    p.llm->says("Otherwise.");
    const core::Run fork = ended(*forked(turn, {.step = 3}));
    EXPECT_EQ(fork.state, RunState::Completed);
    p.llm->reply(ScriptedReply::calls({{"t", R"({"a":"u"})"}}));
    p.llm->reply(ScriptedReply::calls({{"t", R"({"a":"v"})"}}));
    const core::Run greedy = ended(*forked(turn, {.step = 3}));
    ASSERT_TRUE(greedy.error);
    EXPECT_EQ(greedy.error->code, ErrorCode::LimitExceeded);
    ASSERT_TRUE(p.run(p.runs.resume(greedy.id.text(), {}))) << "a fork that has failed is resumed";
    const auto events = p.store.outbox();
    EXPECT_TRUE(std::ranges::any_of(events, [&](const Event& event) {
        const auto* resumed = std::get_if<RunResumed>(&event);
        return resumed != nullptr && resumed->run == greedy.id;
    }));
}

TEST_F(Forks, AreToldAliveAsTheyAreReadBack) {
    const core::Run turn = a_turn();
    p.llm->says("Otherwise.");
    const core::Run fork = *forked(turn, {.step = 3});
    const auto live = p.events(fork);
    EXPECT_EQ(text_of(live), "Otherwise.");
    const auto& end = std::get<RunFinished>(live.back().what);
    ASSERT_TRUE(end.message);
    EXPECT_EQ(end.message->text, "First.\n\nOtherwise.");
    EXPECT_EQ(end.message->id, MessageId{});
    testing::run_until(p.io, [this] { return p.scope.running() == 0; });
    EXPECT_EQ(p.events(fork), live);
    EXPECT_EQ(p.run(p.runs.replay(fork.id.text(), {}))->difference, std::nullopt);
}

TEST_F(Forks, TakeAnotherMessageSoulAndModelFromTheStart) {
    static_cast<void>(a_turn("earlier"));
    const core::Run turn = a_turn();
    ASSERT_TRUE(p.run(p.souls.create(BotRef{bot.id.text()}, {.text = "You rhyme."}, {})));
    p.llm->says("A rhyme.");
    const core::Run fork = ended(*forked(turn, {.soul_version = 2, .message = "sing"}));
    const auto messages = p.llm->requests().back().messages;
    ASSERT_EQ(messages.size(), 4U);
    EXPECT_EQ(messages[0].text(), "You rhyme.");
    EXPECT_EQ(messages[1].text(), "earlier");
    EXPECT_EQ(messages[3].text(), "sing");
    EXPECT_TRUE(p.run(p.runs.replay(fork.id.text(), {}))->difference == std::nullopt);
    p.llm->says("Another.");
    const core::Run again = ended(*forked(fork, {}));
    EXPECT_EQ(p.llm->requests().back().messages, messages) << "a fork of a fork answers its message";
    EXPECT_EQ(again.forked_from, (ForkPoint{.run = fork.id, .step = 0, .message = "sing"}));
}

TEST_F(Forks, BeginOnlyWhereTheModelIsAskedNext) {
    const core::Run turn = a_turn();
    using enum ErrorCode;
    const std::string amid = " stands in the middle of one answer's tool calls; fork the run at step 0 or 3.";
    refused(turn, {.step = 1}, InvalidArgument, "Step 1" + amid);
    refused(turn, {.step = 2}, InvalidArgument, "Step 2" + amid);
    refused(turn, {.step = 4}, InvalidArgument,
            "Behind step 4 the model was not asked again; fork the run at step 3.");
    refused(turn, {.step = 5}, InvalidArgument,
            "Behind step 5 the model was not asked again; fork the run at step 3.");
    refused(turn, {.step = 6}, InvalidArgument, "The run has no step 6; fork it at a step from 0 to 5.");
    refused(turn, {.step = -1}, InvalidArgument, "step must be 0 or more.");
    refused(turn, {.step = 3, .message = "no"}, InvalidArgument,
            "The steps up to 3 answered another message; give a message only with step 0.");
    refused(turn, {.message = " "}, InvalidArgument, "message must not be empty: say something to the bot.");
    refused(turn, {.soul_version = 9}, NotFound,
            "The bot has no soul version 9; list its souls to see which there are.");
    EXPECT_EQ(forked(turn, {.model = "nobody/x"}).error().field, "model");
    static_cast<void>(p.run(p.bots.move(BotRef{bot.id.text()}, "pause", "", {})));
    EXPECT_EQ(forked(turn, {}).error().code, WrongState);
}

TEST_F(Forks, AndTurnsAreRefusedWhenTheModelCallsNoTools) {
    auto card = testing::ScriptedLlm::default_card();
    card.tools = false;
    p.models.add_builtin({.name = "mute", .kind = "fake"},
                         std::make_shared<testing::ScriptedLlm>(std::vector{card}));
    const auto turn = a_turn();
    refused(turn, {.model = "mute/scripted"}, ErrorCode::WrongState,
            "mute/scripted calls no tools, and the bot may use some; choose a model that does, or take the "
            "tools out of the bot's settings.");
    BotChange change{.model = "mute/scripted"};
    ASSERT_TRUE(p.run(p.bots.update(BotRef{bot.id.text()}, change, {})));
    EXPECT_EQ(p.say(session, "go").error().code, ErrorCode::WrongState);
    change.settings = BotSettings{};
    ASSERT_TRUE(p.run(p.bots.update(BotRef{bot.id.text()}, change, {})));
    EXPECT_TRUE(p.say(session, "go"));
}

TEST_F(Forks, WithTheSameKeyAreOne) {
    const core::Run turn = a_turn();
    p.llm->says("Otherwise.");
    const core::Run first = ended(*forked(turn, {.step = 3}, "k"));
    EXPECT_EQ(forked(turn, {.step = 3}, "k")->id, first.id);
    EXPECT_EQ(p.run(p.runs.list({.kind = RunKind::Fork}, {}))->items.size(), 1U);
}

TEST_F(Forks, OfARunUnderWayTakeWhatItHasDone) {
    auto gate = std::make_shared<testing::Gate>();
    p.llm->reply(ScriptedReply::calls({{"t", R"({"a":"x"})"}}));
    p.llm->reply({.open_gate = gate});
    const core::Run turn = *p.say(session, "go");
    testing::run_until(p.io, [&] { return p.steps(turn).size() == 3; });
    refused(turn, {.step = 3}, ErrorCode::WrongState,
            "Step 3 has not been done yet; fork the run at step 2.");
    p.llm->says("Faster.");
    EXPECT_EQ(ended(*forked(turn, {.step = 2})).state, RunState::Completed)
        << "beside the turn, not behind it";
    gate->open();
    static_cast<void>(p.answer(turn));
}

TEST_F(Forks, AreTakenUpAgain) {
    const core::Run turn = a_turn();
    auto gate = std::make_shared<testing::Gate>();
    p.llm->reply({.open_gate = gate});
    const core::Run fork = *forked(turn, {.step = 3});
    testing::run_until(p.io, [&] { return p.llm->requests().size() == 3; });
    p.scope.stop_and_wait(Deadline{std::chrono::steady_clock::time_point{}});
    gate->open();
    testing::run_until(p.io, [this] { return p.scope.running() == 0; });
    NextServer next(p);
    p.llm->says("Otherwise.");
    EXPECT_EQ(next.recover(), 1);
    next.idle();
    const core::Run end = *p.run(next.runs.get(fork.id.text()));
    EXPECT_EQ(end.state, RunState::Completed);
    EXPECT_EQ(end.attempt, 2);
    EXPECT_EQ(tool->calls.size(), 2U);
    EXPECT_EQ(p.run(next.runs.replay(fork.id.text(), {}))->difference, std::nullopt);
}

}  // namespace
}  // namespace boternity::core
