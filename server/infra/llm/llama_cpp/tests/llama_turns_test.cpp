// How replies share the model: turns, slow readers, cancelling, the row that waits, and unloading.

#include "infra/llm/llama_cpp/tests/llama_rig.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

namespace boternity::infra::llm {
namespace {

using std::chrono::milliseconds;

core::ModelRequest long_answer(std::string cache_key, int tokens) {
    auto request = ask("Count from one to one hundred in words.", std::move(cache_key));
    request.max_output_tokens = tokens;
    return request;
}

core::ModelRequest long_prompt(std::string cache_key) {
    std::string text;
    for (int i = 0; i < 900; ++i) text += "word ";
    return ask(std::move(text), std::move(cache_key));
}

TEST(LlamaTurns, TwoSessionsTakeTurnsAndSayWhatEachWouldSayAlone) {
    LlamaRig rig;
    const auto alone = rig.tell(long_answer("", 40));
    std::mutex mutex;
    std::string order;
    const auto note = [&](char who) {
        return [&, who](const Heard&) {
            const std::lock_guard lock(mutex);
            order += who;
        };
    };
    auto a = rig.start(long_answer("a", 40), {}, note('a'));
    auto b = rig.start(long_answer("b", 40), {}, note('b'));
    EXPECT_EQ(LlamaRig::await(a).text(), alone.text());
    EXPECT_EQ(LlamaRig::await(b).text(), alone.text());
    EXPECT_LT(order.find('b'), order.rfind('a')) << order;
    EXPECT_LT(order.find('a'), order.rfind('b')) << order;
    int changes = 0;
    for (std::size_t i = 1; i < order.size(); ++i) changes += order[i] != order[i - 1] ? 1 : 0;
    EXPECT_GE(changes, 8) << order;
}

TEST(LlamaTurns, MoreSessionsThanCachesAllFinish) {
    auto options = smol_options();
    options.max_contexts = 2;
    LlamaRig rig(std::move(options));
    std::vector<std::future<Heard>> replies;
    for (int i = 0; i < 6; ++i) replies.push_back(rig.start(long_answer(std::to_string(i), 12)));
    for (auto& reply : replies) EXPECT_EQ(LlamaRig::await(reply).outcome(), "end");
}

TEST(LlamaTurns, OneSessionAskedTwiceAtOnceAnswersTwice) {
    LlamaRig rig;
    auto one = rig.start(long_answer("same", 20));
    auto two = rig.start(long_answer("same", 20));
    EXPECT_EQ(LlamaRig::await(one).text(), LlamaRig::await(two).text());
}

TEST(LlamaTurns, AReaderThatStandsStillBlocksNobodyAndLosesNothing) {
    auto options = smol_options();
    options.max_contexts = 1;
    options.max_unread_pieces = 4;
    LlamaRig rig(std::move(options));
    const auto undisturbed = rig.tell(long_answer("", 40));

    auto slow = rig.open(long_answer("slow", 40));
    ASSERT_TRUE(slow);
    const auto first = rig.next(**slow);
    ASSERT_TRUE(first);
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(rig.tell(long_answer("other", 40)).text(), undisturbed.text())
            << "it even takes the only cache";
    }
    const auto rest = rig.read_on(std::move(*slow));
    ASSERT_EQ(rest.outcome(), "end");
    EXPECT_EQ(std::get<core::TextPiece>(*first).text + rest.text(), undisturbed.text());
}

TEST(LlamaTurns, ASlowReaderSlowsTheModel) {
    auto options = smol_options();
    options.max_unread_pieces = 4;
    LlamaRig rig(std::move(options));
    const auto fast = rig.tell(long_answer("fast", 60));
    auto slow = rig.open(long_answer("slow", 60));
    ASSERT_TRUE(slow);
    // The other has forty turns; the slow one would make as many tokens.
    ASSERT_EQ(rig.tell(long_answer("other", 40)).outcome(), "end");
    slow->reset();
    // What the slow one computed lies in the cache of its session: no more than its unread pieces allowed.
    auto with_answer = long_answer("slow", 1);
    with_answer.messages.push_back(
        core::PromptMessage::of(core::PromptMessage::Role::Assistant, fast.text()));
    const auto resumed = rig.tell(with_answer);
    ASSERT_EQ(resumed.outcome(), "end");
    EXPECT_GE(resumed.usage().cache_read_tokens, fast.usage().input_tokens);
    EXPECT_LE(resumed.usage().cache_read_tokens, fast.usage().input_tokens + 4);
}

TEST(LlamaTurns, TheRowIsBounded) {
    auto options = smol_options();
    options.max_contexts = 1;
    options.max_waiting = 1;
    options.max_unread_pieces = 1;
    LlamaRig rig(std::move(options));
    auto one = rig.open(long_answer("1", 40));
    auto two = rig.open(long_answer("2", 40));
    ASSERT_TRUE(one && two);
    const auto three = rig.open(long_answer("3", 40));
    ASSERT_FALSE(three);
    EXPECT_EQ(three.error().code, ErrorCode::Unavailable);
    EXPECT_TRUE(three.error().retry_after);
    EXPECT_NE(three.error().message.find("2 answers"), std::string::npos) << three.error().message;

    one->reset();
    EXPECT_TRUE(rig.eventually([&] { return rig.tell(long_answer("3", 4)).outcome() == "end"; }))
        << "a place is free again";
}

TEST(LlamaTurns, CountingDoesNotWaitForAnAnswer) {
    LlamaRig rig;
    bool counted_first = false;
    std::future<Result<int>> counting;
    auto reply = rig.start(long_answer("a", 150), {}, [&](const Heard& heard) {
        if (heard.pieces.size() == 1) counting = rig.count(ask("Hello"));
        if (heard.pieces.size() == 60) {
            counted_first = counting.wait_for(milliseconds(0)) == std::future_status::ready;
        }
    });
    const auto heard = LlamaRig::await(reply);
    ASSERT_GE(heard.pieces.size(), 60U);
    EXPECT_TRUE(counted_first);
    EXPECT_TRUE(counting.get());
}

TEST(LlamaTurns, AStopWhileThePromptIsReadFreesTheModel) {
    LlamaRig rig;
    ASSERT_EQ(rig.tell(ask("Hello")).outcome(), "end");
    std::stop_source stop;
    auto opened = rig.open(long_prompt("a"), {.stop = stop.get_token()});
    ASSERT_TRUE(opened);
    stop.request_stop();
    const auto next = rig.next(**opened);
    ASSERT_FALSE(next);
    EXPECT_EQ(next.error().code, ErrorCode::Cancelled);
    opened->reset();

    // What was read before the stop is of use to the next.
    const auto again = rig.tell(long_prompt("a"));
    ASSERT_EQ(again.outcome(), "end");
    EXPECT_EQ(again.text(), rig.tell(long_prompt("")).text());
}

TEST(LlamaTurns, AStopWhileItWaitsIsPrompt) {
    auto options = smol_options();
    options.max_contexts = 1;
    LlamaRig rig(std::move(options));
    auto first = rig.start(long_answer("1", 60));
    std::stop_source stop;
    auto opened = rig.open(long_answer("2", 60), {.stop = stop.get_token()});
    ASSERT_TRUE(opened);
    stop.request_stop();
    const auto next = rig.next(**opened);
    ASSERT_FALSE(next);
    EXPECT_EQ(next.error().code, ErrorCode::Cancelled);
    EXPECT_EQ(LlamaRig::await(first).outcome(), "end");
}

TEST(LlamaTurns, TheDeadlineEndsAnAnswer) {
    LlamaRig rig;
    ASSERT_EQ(rig.tell(ask("Hello")).outcome(), "end");
    auto request = long_answer("a", 900);
    auto reply = rig.start(request, {.deadline = rig.in(milliseconds(400))});
    EXPECT_EQ(LlamaRig::await(reply).outcome(), "deadline_exceeded");
    EXPECT_EQ(rig.tell(ask("Hello")).outcome(), "end");
}

TEST(LlamaTurns, ManyThatLeaveEarlyLeaveNothingBehind) {
    auto options = smol_options();
    options.max_contexts = 2;
    options.max_waiting = 4;
    LlamaRig rig(std::move(options));
    for (int i = 0; i < 24; ++i) {
        auto opened = rig.open(long_answer(std::to_string(i % 5), 200));
        ASSERT_TRUE(opened) << i << ": " << opened.error().message;
        if (i % 3 == 0) ASSERT_TRUE(rig.next(**opened));
        // The engine may need a moment to drop those that left: there is room for six.
        if (i % 4 == 3) ASSERT_EQ(rig.tell(ask("Hello")).outcome(), "end");
    }
    EXPECT_EQ(rig.tell(ask("Hello")).outcome(), "end");
}

TEST(LlamaTurns, UnloadsWhenIdleAndLoadsAgain) {
    auto options = smol_options();
    options.idle_unload = milliseconds(20);
    options.timers.emplace();  // the rig says where
    LlamaRig rig(std::move(options));
    const auto before = rig.tell(ask("Hello", "session-1"));
    ASSERT_EQ(before.outcome(), "end");
    ASSERT_TRUE(rig.eventually([&] { return rig.log().count("llama_model_unloaded") == 1; }));
    EXPECT_EQ(rig.log().count("llama_model_loaded"), 1);

    const auto after = rig.tell(ask("Hello", "session-1"));
    EXPECT_EQ(after.text(), before.text());
    EXPECT_EQ(after.usage().cache_read_tokens, 0) << "the caches went with it";
    EXPECT_EQ(rig.log().count("llama_model_loaded"), 2);
    // Counting alone loads it and lets it go, too.
    ASSERT_TRUE(rig.eventually([&] { return rig.log().count("llama_model_unloaded") == 2; }));
    ASSERT_TRUE(rig.count(ask("Hello")).get());
    EXPECT_TRUE(rig.eventually([&] { return rig.log().count("llama_model_unloaded") == 3; }));
}

TEST(LlamaTurns, IsNotUnloadedUnderAnAnswerThatStandsStill) {
    auto options = smol_options();
    options.idle_unload = milliseconds(1);
    options.max_unread_pieces = 1;
    options.timers.emplace();
    LlamaRig rig(std::move(options));
    auto slow = rig.open(long_answer("slow", 20));
    ASSERT_TRUE(slow);
    ASSERT_EQ(rig.tell(ask("Hello")).outcome(), "end");
    EXPECT_EQ(rig.log().count("llama_model_unloaded"), 0);
    EXPECT_EQ(rig.read_on(std::move(*slow)).outcome(), "end");
    EXPECT_TRUE(rig.eventually([&] { return rig.log().count("llama_model_unloaded") == 1; }));
}

TEST(LlamaTurns, TheProviderMayGoBeforeItsStream) {
    LlamaRig rig;
    core::Pool pool("inference", 1, 8);
    auto provider = make_llama_provider(smol_options(), pool, rig.log());
    auto opened =
        core::asio::co_spawn(rig.readers(), provider->open(long_answer("a", 20), {}), core::asio::use_future)
            .get();
    ASSERT_TRUE(opened);
    provider.reset();
    EXPECT_EQ(rig.read_on(std::move(*opened)).outcome(), "end");
    EXPECT_TRUE(rig.eventually([&] { return rig.log().count("llama_model_unloaded") == 1; }));
    pool.join();
}

/// The process ends while a model is loaded and no thread is left to unload it.
TEST(LlamaTurns, AModelThatNobodyUnloadsGoesAfterItsContexts) {
    LlamaRig rig;
    core::Pool pool("inference", 1, 8);
    auto provider = make_llama_provider(smol_options(), pool, rig.log());
    auto opened =
        core::asio::co_spawn(rig.readers(), provider->open(ask("Hello", "a"), {}), core::asio::use_future)
            .get();
    ASSERT_TRUE(opened);
    EXPECT_EQ(rig.read_on(std::move(*opened)).outcome(), "end");
    pool.join();
    provider.reset();
    EXPECT_EQ(rig.log().count("llama_model_unloaded"), 0);
}

}  // namespace
}  // namespace boternity::infra::llm
