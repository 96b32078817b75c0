#include "testing/scripted_llm.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_future.hpp>
#include <gtest/gtest.h>

#include <utility>

namespace boternity::testing {
namespace {

namespace asio = boost::asio;

core::ModelRequest ask(std::string text, std::string model = "scripted") {
    core::ModelRequest request{.model = std::move(model)};
    request.messages.push_back(core::PromptMessage::of(core::PromptMessage::Role::User, std::move(text)));
    return request;
}

struct Told {
    std::string text{};
    std::optional<core::ReplyEnd> end{};
    std::optional<ErrorCode> error{};
    bool operator==(const Told&) const = default;
};

core::Task<Told> listen(ScriptedLlm* model, core::ModelRequest request, core::CallContext context) {
    Told told;
    auto stream = co_await model->open(std::move(request), std::move(context));
    if (!stream) {
        told.error = stream.error().code;
        co_return told;
    }
    while (!told.end && !told.error) {
        auto piece = co_await (*stream)->next();
        if (!piece) {
            told.error = piece.error().code;
        } else if (const auto* text = std::get_if<core::TextPiece>(&*piece)) {
            told.text += text->text;
        } else if (const auto* end = std::get_if<core::ReplyEnd>(&*piece)) {
            told.end = *end;
        }
    }
    co_return told;
}

class ScriptedLlmTest : public ::testing::Test {
protected:
    ~ScriptedLlmTest() override { threads_.join(); }

    std::future<Told> start(core::ModelRequest request, core::CallContext context = {}) {
        return asio::co_spawn(threads_, listen(&model_, std::move(request), std::move(context)),
                              asio::use_future);
    }

    ScriptedLlm model_;
    asio::thread_pool threads_{2};
};

TEST_F(ScriptedLlmTest, AnswersInTheOrderOfItsScript) {
    model_.says("Grüße");
    model_.fails({.code = ErrorCode::UpstreamAuth, .message = "no"});
    const Told first = start(ask("a")).get();
    EXPECT_EQ(first.text, "Grüße");
    ASSERT_TRUE(first.end);
    EXPECT_EQ(first.end->reason, core::StopReason::Stop);
    EXPECT_EQ(start(ask("b")).get().error, ErrorCode::UpstreamAuth);
    EXPECT_EQ(start(ask("c")).get().error, ErrorCode::Internal);
    EXPECT_EQ(model_.requests().size(), 3U);
    EXPECT_EQ(model_.requests()[1], ask("b"));
}

TEST_F(ScriptedLlmTest, KnowsOnlyItsModels) {
    EXPECT_EQ(start(ask("a", "other")).get().error, ErrorCode::NotFound);
    EXPECT_TRUE(model_.requests().empty());
}

TEST_F(ScriptedLlmTest, AGateHoldsTheStreamUntilItOpens) {
    auto gate = std::make_shared<Gate>();
    ScriptedReply reply = ScriptedReply::text("one two three", 4);
    reply.gate = gate;
    reply.held_before = 2;
    model_.reply(std::move(reply));
    auto told = start(ask("a"));
    ASSERT_TRUE(gate->wait_arrived(1));
    EXPECT_EQ(told.wait_for(std::chrono::seconds(0)), std::future_status::timeout);
    EXPECT_EQ(model_.live_streams(), 1);
    gate->open();
    EXPECT_EQ(told.get().text, "one two three");
    EXPECT_EQ(model_.live_streams(), 0);
    EXPECT_EQ(model_.abandoned_streams(), 0);
}

TEST_F(ScriptedLlmTest, AStopRequestEndsAStreamAtItsGate) {
    auto gate = std::make_shared<Gate>();
    ScriptedReply reply = ScriptedReply::text("one two three", 4);
    reply.gate = gate;
    reply.held_before = 1;
    model_.reply(std::move(reply));
    std::stop_source stop;
    auto told = start(ask("a"), {.stop = stop.get_token()});
    ASSERT_TRUE(gate->wait_arrived(1));
    stop.request_stop();
    EXPECT_EQ(told.get(), (Told{.text = "one ", .error = ErrorCode::Cancelled}));
}

TEST_F(ScriptedLlmTest, AScriptWithoutAnEndIsAFailedStream) {
    model_.reply({.pieces = {core::TextPiece{"half"}}});
    EXPECT_EQ(start(ask("a")).get(), (Told{.text = "half", .error = ErrorCode::UpstreamFailed}));
}

}  // namespace
}  // namespace boternity::testing
