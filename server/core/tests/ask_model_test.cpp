#include "core/agents/ask_model.hpp"
#include "core/tests/platform.hpp"

#include <gtest/gtest.h>

namespace boternity::core {
namespace {

using testing::Gate;
using testing::ScriptedReply;

/// A model whose card promises a larger window than it has; its count is exact all the same.
class SmallerThanItSays {
public:
    explicit SmallerThanItSays(int window, int promised = 128'000) {
        card_.window_tokens = promised;
        card_.max_output_tokens = 4'096;
        llm_ = std::make_shared<testing::ScriptedLlm>(std::vector{card_});
        llm_->otherwise([window](const ModelRequest& request) {
            if (tokens_of(request) + request.max_output_tokens <= window) return ScriptedReply::text("yes");
            return ScriptedReply{
                .open_error = Error{.code = ErrorCode::ContextTooLong, .message = "It says: too long."}};
        });
    }

    static int tokens_of(const ModelRequest& request) {
        testing::ScriptedLlm counter;
        auto counted = request;
        counted.model = testing::ScriptedLlm::default_card().name;
        return *testing::run_task(counter.count_tokens(counted, {}));
    }

    Asked ask(const RunInput& input) {
        return testing::run_task(ask_model(&input, ResolvedModel{llm_, card_}, {}));
    }

    std::vector<ModelRequest> asked() const { return llm_->requests(); }

private:
    ModelCard card_ = testing::ScriptedLlm::default_card();
    std::shared_ptr<testing::ScriptedLlm> llm_;
};

/// `count` messages of about a hundred tokens each.
RunInput conversation(int count) {
    RunInput input{.soul = "soul", .message = {.text = "now"}, .history_total = count};
    for (int i = 0; i < count; ++i) {
        input.history.push_back(
            {.role = i % 2 == 0 ? Role::User : Role::Assistant, .text = std::string(400, 'x')});
    }
    return input;
}

TEST(AskModel, AWindowThatIsKnownIsNeverExceeded) {
    for (const int wanted : {100, 1'024, 4'096}) {
        SmallerThanItSays model(8'192, 8'192);
        auto input = conversation(300);
        input.run.settings.max_output_tokens = wanted;
        EXPECT_TRUE(model.ask(input).stream) << wanted;
        EXPECT_EQ(model.asked().size(), 1U) << wanted;
    }
}

TEST(AskModel, LessIsSentToAModelThatHasLessRoomThanThought) {
    for (const int window : {100'000, 32'768, 8'192, 4'096}) {
        SmallerThanItSays model(window);
        const auto asked = model.ask(conversation(1'500));
        ASSERT_TRUE(asked.stream) << window;
        ASSERT_TRUE(asked.cut) << window;
        EXPECT_EQ(asked.cut->dropped_messages, static_cast<int>(asked.dropped));
        const auto requests = model.asked();
        EXPECT_LE(requests.size(), 4U);
        EXPECT_EQ(requests.back().messages.front().text(), "soul");
        EXPECT_EQ(requests.back().messages.back().text(), "now");
    }
}

TEST(AskModel, AMessageThatFitsWithAShortAnswerIsSentWithAShortOne) {
    SmallerThanItSays model(8'192);
    auto input = conversation(0);
    input.message.text = std::string(4 * 5'000, 'x');
    input.run.settings.max_output_tokens = 4'096;
    const auto asked = model.ask(input);
    ASSERT_TRUE(asked.stream);
    EXPECT_EQ(asked.max_output_tokens, model.asked().back().max_output_tokens);
}

TEST(AskModel, GivesUpAfterFourAttemptsWithTheProvidersWords) {
    SmallerThanItSays model(1);
    const auto asked = model.ask(conversation(1'500));
    ASSERT_FALSE(asked.stream);
    EXPECT_EQ(asked.stream.error().code, ErrorCode::ContextTooLong);
    EXPECT_EQ(asked.stream.error().message, "It says: too long.");
    EXPECT_EQ(model.asked().size(), 4U);
}

TEST(AskModel, ASessionWithAnOverlongTurnGoesOn) {
    Platform p;
    const auto session = p.session();
    p.llm->fails({.code = ErrorCode::ContextTooLong, .message = "too long"});
    p.llm->says("shorter");
    const auto answer = p.answer(*p.say(session, "hello"));
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(answer->text, "shorter");
}

TEST(AskModel, ACancelledTurnsUsageIsCountedAsTheProviderCounts) {
    Platform p;
    const auto session = p.session();
    auto gate = std::make_shared<Gate>();
    p.llm->reply(
        {.pieces = {TextPiece{"12345678"}, TextPiece{"x"}, ReplyEnd{}}, .gate = gate, .held_before = 1});
    const auto run = p.say(session, std::string(400, 'x'));
    testing::run_until(p.io, [&] { return gate->arrived() == 1; });
    const auto cancelled = p.run(p.runs.cancel(run->id.text(), {}));
    ASSERT_TRUE(cancelled);
    const int counted = SmallerThanItSays::tokens_of(p.llm->last_request());
    EXPECT_EQ(cancelled->usage, (Usage{.input_tokens = counted, .output_tokens = 2, .estimated = true}));
}

TEST(AskModel, ALimitUsedUpBeforeTheFirstWordIsAFailureThatSaysWhatToRaise) {
    Platform p;
    const auto session = p.session();
    const Usage usage{.input_tokens = 10, .output_tokens = 1'024};
    p.llm->reply({.pieces = {ReplyEnd{.reason = StopReason::Length, .usage = usage}}});
    const auto run = p.say(session, "hello");
    const auto answer = p.answer(*run);
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, ErrorCode::UpstreamFailed);
    EXPECT_NE(answer.error().message.find("1024 output tokens"), std::string::npos) << answer.error().message;
    EXPECT_NE(answer.error().message.find("max_output_tokens"), std::string::npos);
    EXPECT_EQ(p.run(p.runs.get(run->id.text()))->usage, usage) << "it costs all the same";
    EXPECT_EQ(p.run(p.sessions.messages(session.id.text(), {}))->items.size(), 1U) << "no empty answer";
}

}  // namespace
}  // namespace boternity::core
