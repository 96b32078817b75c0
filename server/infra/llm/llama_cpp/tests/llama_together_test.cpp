// Replies that are made in one decode: each goes its own way.

#include "infra/llm/llama_cpp/tests/llama_rig.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <stop_token>
#include <string>
#include <vector>

namespace boternity::infra::llm {
namespace {

core::ModelRequest counting(std::string cache_key, int tokens) {
    auto request = ask("Count from one to one hundred in words.", std::move(cache_key));
    request.max_output_tokens = tokens;
    return request;
}

TEST(LlamaTogether, EachEndsAtItsOwnLimit) {
    LlamaRig rig;
    std::vector<std::future<Heard>> replies;
    for (const int tokens : {3, 40, 11, 26})
        replies.push_back(rig.start(counting(std::to_string(tokens), tokens)));
    for (const int tokens : {3, 40, 11, 26}) {
        const auto heard = LlamaRig::await(replies.front());
        replies.erase(replies.begin());
        ASSERT_EQ(heard.outcome(), "end");
        EXPECT_EQ(heard.usage().output_tokens, tokens);
        EXPECT_EQ(heard.end->reason, core::StopReason::Length);
    }
}

TEST(LlamaTogether, WhatIsAskedForIsNeverMixedUp) {
    LlamaRig rig;
    auto said = [](const char* word, std::string key) {
        auto request = ask(std::string("Repeat this word and nothing else: ") + word, std::move(key));
        request.schema = {.name = "word",
                          .schema = std::string(R"({"type":"object","properties":{"word":{"enum":[")") +
                                    word + R"("]}},"required":["word"],"additionalProperties":false})"};
        return request;
    };
    std::vector<std::future<Heard>> replies;
    const std::vector<const char*> words{"apple", "river", "stone", "cloud", "maple", "ocean"};
    for (const char* word : words) replies.push_back(rig.start(said(word, word)));
    for (std::size_t i = 0; i < words.size(); ++i) {
        const auto text = LlamaRig::await(replies[i]).text();
        EXPECT_NE(text.find(std::string("\"") + words[i] + "\""), std::string::npos) << text;
    }
}

TEST(LlamaTogether, AStopOfOneLeavesTheOthersAlone) {
    LlamaRig rig;
    const auto alone = rig.tell(counting("", 40));
    std::stop_source stop;
    auto stopped = rig.start(counting("stopped", 400), {.stop = stop.get_token()}, [&](const Heard& heard) {
        if (heard.pieces.size() == 5) stop.request_stop();
    });
    auto other = rig.start(counting("other", 40));
    EXPECT_EQ(LlamaRig::await(stopped).outcome(), "cancelled");
    EXPECT_EQ(LlamaRig::await(other).text(), alone.text());
}

TEST(LlamaTogether, ALongPromptDoesNotHoldUpThoseThatSpeak) {
    auto options = smol_options();
    options.prompt_chunk_tokens = 64;
    LlamaRig rig(std::move(options));
    std::atomic<int> spoken{0};
    std::string words;
    for (int i = 0; i < 800; ++i) words += "word ";
    std::atomic<bool> begun{false};
    auto speaking = rig.start(counting("speaks", 300), {}, [&](const Heard&) { begun = true, ++spoken; });
    ASSERT_TRUE(rig.eventually([&] { return begun.load(); }));
    const int before = spoken;
    auto request = ask(words, "reads");
    request.max_output_tokens = 1;
    auto reading = rig.start(request);
    EXPECT_EQ(LlamaRig::await(reading).outcome(), "end");
    const int meanwhile = spoken - before;
    EXPECT_EQ(LlamaRig::await(speaking).outcome(), "end");
    // 800 tokens are 13 pieces of a prompt, between which four tokens each are made.
    EXPECT_GE(meanwhile, 20);
}

TEST(LlamaTogether, EachSessionKeepsWhatItHasRead) {
    LlamaRig rig;
    const auto first = rig.tell(counting("a", 20));
    auto more = counting("a", 20);
    more.messages.push_back(core::PromptMessage::of(core::PromptMessage::Role::Assistant, first.text()));
    more.messages.push_back(core::PromptMessage::of(core::PromptMessage::Role::User, "Go on."));
    // The second session brings a context for all: what the first has read is read once more, and then kept.
    ASSERT_EQ(rig.tell(counting("b", 4)).outcome(), "end");
    const auto anew = rig.tell(counting("a", 20));
    EXPECT_EQ(anew.usage().cache_read_tokens, 0);
    EXPECT_EQ(anew.text(), first.text());
    for (const char* key : {"c", "d"}) ASSERT_EQ(rig.tell(counting(key, 4)).outcome(), "end");
    EXPECT_GE(rig.tell(more).usage().cache_read_tokens, first.usage().input_tokens);
    EXPECT_GT(rig.tell(counting("b", 4)).usage().cache_read_tokens, 0);
}

TEST(LlamaTogether, AToolCallIsHeldToItsFormBesideText) {
    LlamaRig rig;
    auto call = ask("What is the weather in Paris?", "calls");
    call.tools = {
        {.name = "weather",
         .description = "Tells the weather",
         .parameters = R"({"type":"object","properties":{"city":{"type":"string"}},"required":["city"]})"}};
    call.tool_choice = core::ToolChoice::Required;
    call.max_output_tokens = 60;
    auto calling = rig.start(call);
    auto one = rig.start(counting("one", 60));
    auto two = rig.start(counting("two", 60));
    const auto heard = LlamaRig::await(calling);
    ASSERT_FALSE(heard.calls.empty()) << heard.text();
    EXPECT_EQ(heard.calls[0].name, "weather");
    EXPECT_EQ(LlamaRig::await(one).text(), LlamaRig::await(two).text());
}

TEST(LlamaTogether, TheProviderMayGoWhileAllSpeak) {
    LlamaRig rig;
    core::Pool pool("inference", 1, 8);
    auto provider = make_llama_provider(smol_options(), pool, rig.log());
    std::vector<std::unique_ptr<core::ReplyStream>> streams;
    for (const char* key : {"a", "b", "c", "d"}) {
        auto opened =
            core::asio::co_spawn(rig.readers(), provider->open(counting(key, 20), {}), core::asio::use_future)
                .get();
        ASSERT_TRUE(opened);
        streams.push_back(std::move(*opened));
    }
    provider.reset();
    for (auto& stream : streams) EXPECT_EQ(rig.read_on(std::move(stream)).outcome(), "end");
    EXPECT_TRUE(rig.eventually([&] { return rig.log().count("llama_model_unloaded") == 1; }));
    pool.join();
}

}  // namespace
}  // namespace boternity::infra::llm
