#include "testing/llm_conformance.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_future.hpp>

#include <algorithm>
#include <set>
#include <stop_token>
#include <utility>

namespace boternity::testing {

// The suite is a library; a binary in which nobody signs it is no mistake.
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(LlmConformance);

// Without a reference the linker would leave that file out of the library.
int link_llm_request_cases();

// NOLINTNEXTLINE(readability-identifier-naming): GoogleTest looks for this name
void PrintTo(const LlmUnderTest& under_test, std::ostream* out) {
    *out << under_test.name;
}

std::string name_of_llm_under_test(const ::testing::TestParamInfo<LlmUnderTest>& info) {
    static const int linked = link_llm_request_cases();
    return linked > 0 ? info.param.name : "";
}

namespace {

namespace asio = boost::asio;
using Role = core::PromptMessage::Role;
using core::StopReason;
using std::chrono::milliseconds;

constexpr std::string_view kManyScripts =
    "Grüße, 世界! \U0001F9D1\u200D\U0001F680 \u0645\u0631\u062D\u0628\u0627 e\u0301 \"\\\n\t\u2028 end";

/// Whether the text is whole characters of UTF-8 (RFC 3629), as far as a cut or a mix-up of bytes can show.
bool is_utf8(std::string_view text) {
    for (std::size_t at = 0; at < text.size();) {
        const auto lead = static_cast<unsigned char>(text[at]);
        const std::size_t length = lead < 0x80   ? 1
                                   : lead < 0xc2 ? 0
                                   : lead < 0xe0 ? 2
                                   : lead < 0xf0 ? 3
                                   : lead < 0xf5 ? 4
                                                 : 0;
        if (length == 0 || at + length > text.size()) return false;
        for (std::size_t i = 1; i < length; ++i) {
            if ((static_cast<unsigned char>(text[at + i]) & 0xc0) != 0x80) return false;
        }
        at += length;
    }
    return true;
}

void expect_whole_characters(const LlmHeardReply& reply) {
    for (const auto& piece : reply.pieces) {
        const auto* text = std::get_if<core::TextPiece>(&piece);
        if (text == nullptr) continue;
        EXPECT_TRUE(is_utf8(text->text));
        EXPECT_FALSE(text->text.empty()) << "a piece says something";
    }
}

/// Reads one piece, asks for a stop and reads on to the end.
core::Task<LlmHeardReply> stop_after_first(core::LlmProvider* provider, core::ModelRequest request,
                                           std::shared_ptr<std::stop_source> stop) {
    LlmHeardReply heard;
    core::CallContext context{.stop = stop->get_token()};
    auto stream = co_await provider->open(std::move(request), std::move(context));
    if (!stream) {
        heard.error = std::move(stream).error();
        co_return heard;
    }
    while (!heard.end && !heard.error) {
        auto piece = co_await (*stream)->next();
        if (!piece) {
            heard.error = std::move(piece).error();
        } else if (const auto* end = std::get_if<core::ReplyEnd>(&*piece)) {
            heard.end = *end;
        } else {
            heard.pieces.push_back(std::move(*piece));
            stop->request_stop();
        }
    }
    co_return heard;
}

/// Reads `pieces` pieces and then lets the stream go.
core::Task<std::string> abandon_after(core::LlmProvider* provider, core::ModelRequest request, int pieces) {
    core::CallContext context;
    auto stream = co_await provider->open(std::move(request), std::move(context));
    if (!stream) co_return std::string(code_name(stream.error().code));
    for (int i = 0; i < pieces; ++i) {
        auto piece = co_await (*stream)->next();
        if (!piece) co_return std::string(code_name(piece.error().code));
        if (std::holds_alternative<core::ReplyEnd>(*piece)) co_return "ended early";
    }
    co_return "abandoned";
}

}  // namespace

TEST_P(LlmConformance, ItsCardsAreSane) {
    const auto cards = provider().cards();
    ASSERT_FALSE(cards.empty());
    std::set<std::string> names;
    for (const auto& card : cards) {
        EXPECT_FALSE(card.name.empty());
        EXPECT_TRUE(names.insert(card.name).second) << "listed twice: " << card.name;
        EXPECT_GE(card.window_tokens, 256) << card.name;
        EXPECT_GE(card.max_output_tokens, 1) << card.name;
        EXPECT_LE(card.max_output_tokens, card.window_tokens) << card.name;
    }
    EXPECT_TRUE(names.contains(rig_->model()));
}

TEST_P(LlmConformance, StreamsTextAndEnds) {
    const auto reply = tell(ask("Tell me about the sea."));
    ASSERT_EQ(reply.outcome(), "end") << reply.error.value_or(Error{}).message;
    EXPECT_FALSE(reply.text().empty());
    EXPECT_TRUE(reply.end->reason == StopReason::Stop || reply.end->reason == StopReason::Length);
    expect_whole_characters(reply);
}

TEST_P(LlmConformance, ReportsWhatItUsed) {
    if (lacks(LlmFeature::Usage)) return;
    const auto reply = tell(ask("Tell me about the sea."));
    ASSERT_EQ(reply.outcome(), "end");
    ASSERT_TRUE(reply.end->usage);
    EXPECT_GT(reply.end->usage->input_tokens, 0);
    EXPECT_GT(reply.end->usage->output_tokens, 0);
    EXPECT_GE(reply.end->usage->cache_read_tokens, 0);
    EXPECT_LE(reply.end->usage->cache_read_tokens, reply.end->usage->input_tokens);
    EXPECT_FALSE(reply.end->usage->estimated);
}

TEST_P(LlmConformance, SaysNoMoreThanItMay) {
    auto request = ask("Count from one to one hundred in words.");
    const int least = GetParam().least_output_tokens;
    request.max_output_tokens = least;
    const auto reply = tell(std::move(request));
    ASSERT_EQ(reply.outcome(), "end");
    EXPECT_EQ(reply.end->reason, StopReason::Length);
    if (reply.end->usage) EXPECT_LE(reply.end->usage->output_tokens, least);
    EXPECT_LE(reply.pieces.size(), static_cast<std::size_t>(least));
}

TEST_P(LlmConformance, StopStringsEndTheAnswer) {
    if (lacks(LlmFeature::StopStrings)) return;
    auto request = ask("Tell me about the sea.");
    request.stop = {"e"};
    const auto reply = tell(std::move(request));
    ASSERT_EQ(reply.outcome(), "end");
    EXPECT_EQ(reply.end->reason, StopReason::Stop);
    EXPECT_EQ(reply.text().find('e'), std::string::npos) << reply.text();
}

TEST_P(LlmConformance, AnUnknownModelIsNotFound) {
    auto request = ask("Hello");
    request.model = "no-such-model";
    EXPECT_EQ(tell(request).outcome(), "not_found");
    const auto counted = count(request);
    ASSERT_FALSE(counted);
    EXPECT_EQ(counted.error().code, ErrorCode::NotFound);
}

TEST_P(LlmConformance, EveryScriptOfTheWorldMayBeAsked) {
    auto request = ask(std::string(kManyScripts));
    request.messages.insert(request.messages.begin(),
                            core::PromptMessage::of(Role::System, "Antworte höflich. \U0001F642"));
    const auto reply = tell(std::move(request));
    EXPECT_EQ(reply.outcome(), "end");
    expect_whole_characters(reply);
}

TEST_P(LlmConformance, ACallStoppedBeforehandIsCancelled) {
    std::stop_source stop;
    stop.request_stop();
    auto reply = start(ask("Hello"), {.stop = stop.get_token()});
    EXPECT_EQ(await_reply(reply, GetParam().promptness).outcome(), "cancelled");
}

TEST_P(LlmConformance, AStopInMidStreamIsPrompt) {
    auto request = ask("Count from one to one thousand in words.");
    request.max_output_tokens = 200;
    auto stop = std::make_shared<std::stop_source>();
    auto reply = asio::co_spawn(asio::make_strand(executor()), stop_after_first(&provider(), request, stop),
                                asio::use_future);
    const auto heard = await_reply(reply, GetParam().patience);
    EXPECT_EQ(heard.outcome(), "cancelled");
    EXPECT_GE(heard.pieces.size(), 1U);
    EXPECT_LE(heard.pieces.size(), 3U) << "at most a token more";
}

TEST_P(LlmConformance, ADeadlineThatHasPassedEndsTheCall) {
    auto reply = start(ask("Hello"), {.deadline = {std::chrono::steady_clock::time_point{}}});
    EXPECT_EQ(await_reply(reply, GetParam().promptness).outcome(), "deadline_exceeded");
}

TEST_P(LlmConformance, AStreamMayBeLetGoAtAnyPoint) {
    for (const int pieces : {0, 1, 3}) {
        auto gone = asio::co_spawn(asio::make_strand(executor()),
                                   abandon_after(&provider(), ask("Tell me about the sea."), pieces),
                                   asio::use_future);
        ASSERT_EQ(gone.wait_for(GetParam().patience), std::future_status::ready);
        EXPECT_EQ(gone.get(), "abandoned");
    }
    EXPECT_EQ(tell(ask("Tell me about the sea.")).outcome(), "end") << "the next call is not harmed";
}

TEST_P(LlmConformance, AnswersManyAtOnce) {
    std::vector<std::future<LlmHeardReply>> replies;
    for (int i = 0; i < GetParam().parallel; ++i) {
        auto request = ask("Question " + std::to_string(i));
        request.max_output_tokens = 12;
        replies.push_back(start(std::move(request)));
    }
    for (auto& reply : replies) EXPECT_EQ(await_reply(reply, GetParam().patience).outcome(), "end");
}

TEST_P(LlmConformance, WhatExceedsTheWindowIsToldSo) {
    const auto cards = provider().cards();
    const auto card = std::ranges::find(cards, rig_->model(), &core::ModelCard::name);
    ASSERT_NE(card, cards.end());
    std::string text;
    for (int i = 0; i < card->window_tokens + 64; ++i) text += "word ";
    EXPECT_EQ(tell(ask(std::move(text))).outcome(), "context_too_long");
}

TEST_P(LlmConformance, CountsMoreTokensForMoreText) {
    int last = 0;
    std::string text;
    for (int i = 0; i <= 5; ++i) {
        const auto counted = count(ask(text));
        ASSERT_TRUE(counted) << counted.error().message;
        EXPECT_GT(*counted, last) << "after " << text.size() << " bytes";
        last = *counted;
        if (i == 5) break;
        for (int word = 0; word < 20; ++word) text += "The quick brown fox jumps over the lazy dog. ";
    }
    auto with_system = ask(text);
    with_system.messages.insert(with_system.messages.begin(),
                                core::PromptMessage::of(Role::System, "Be brief and kind."));
    const auto counted = count(std::move(with_system));
    ASSERT_TRUE(counted);
    EXPECT_GT(*counted, last) << "a system prompt counts";
    // 900 English words: no tokenizer in use makes much less than a token of each.
    EXPECT_GE(last, 800);
    EXPECT_LE(last, 3000);
}

TEST_P(LlmConformance, TheSystemPromptReachesTheModel) {
    if (lacks(LlmFeature::Heard)) return;
    auto request = ask("Hello \"you\"\n");
    request.messages.insert(request.messages.begin(),
                            core::PromptMessage::of(Role::System, std::string(kManyScripts)));
    request.stop = {"STOP"};
    ASSERT_EQ(tell(request).outcome(), "end");
    const auto heard = rig_->heard();
    EXPECT_EQ(heard.messages, request.messages);
    EXPECT_EQ(heard.model, request.model);
    EXPECT_EQ(heard.max_output_tokens, request.max_output_tokens);
    EXPECT_EQ(heard.temperature, request.temperature);
    if (!GetParam().skip.contains(LlmFeature::StopStrings)) EXPECT_EQ(heard.stop, request.stop);
    EXPECT_TRUE(heard.cache_key.empty());
}

TEST_P(LlmConformance, TextArrivesByteForByte) {
    if (lacks(LlmFeature::Script)) return;
    for (const std::string& text :
         {std::string("ok"), std::string(kManyScripts), std::string(" \n\t "), std::string(200'000, 'x')}) {
        rig_->play({.text = text,
                    .usage = core::Usage{.input_tokens = 7, .cache_read_tokens = 3, .output_tokens = 5}});
        auto request = ask("Say it.");
        request.max_output_tokens = 1000;
        const auto reply = tell(std::move(request));
        ASSERT_EQ(reply.outcome(), "end");
        EXPECT_EQ(reply.text(), text);
        EXPECT_EQ(*reply.end,
                  (core::ReplyEnd{.reason = StopReason::Stop,
                                  .usage = GetParam().tells(
                                      {.input_tokens = 7, .cache_read_tokens = 3, .output_tokens = 5})}));
        expect_whole_characters(reply);
    }
}

TEST_P(LlmConformance, TellsWhyItStopped) {
    if (lacks(LlmFeature::Script)) return;
    std::vector reasons{StopReason::Stop, StopReason::Length};
    if (!GetParam().skip.contains(LlmFeature::Refusal)) reasons.push_back(StopReason::Refused);
    for (const StopReason reason : reasons) {
        rig_->play({.text = "some", .stop = reason});
        const auto reply = tell(ask("Say it."));
        ASSERT_EQ(reply.outcome(), "end");
        EXPECT_EQ(reply.end->reason, reason);
        EXPECT_FALSE(reply.end->usage) << "and invents no usage";
    }
}

TEST_P(LlmConformance, ARefusalTellsWhy) {
    if (lacks(LlmFeature::Script) || lacks(LlmFeature::Refusal) || lacks(LlmFeature::Why)) return;
    rig_->play({.stop = StopReason::Refused, .why = "That would be\nharmful."});
    const auto reply = tell(ask("Say it."));
    ASSERT_EQ(reply.outcome(), "end");
    EXPECT_EQ(reply.end->reason, StopReason::Refused);
    EXPECT_TRUE(reply.end->why.contains("harmful.")) << reply.end->why;
    EXPECT_FALSE(reply.end->why.contains('\n')) << "in one line";
}

TEST_P(LlmConformance, UsageIsToldInEveryClass) {
    if (lacks(LlmFeature::Script) || lacks(LlmFeature::Usage)) return;
    const core::Usage usage{.input_tokens = 1'000,
                            .cache_read_tokens = 300,
                            .cache_write_tokens = 200,
                            .output_tokens = 90,
                            .reasoning_tokens = 40};
    rig_->play({.text = "some", .usage = usage});
    const auto reply = tell(ask("Say it."));
    ASSERT_EQ(reply.outcome(), "end");
    EXPECT_EQ(reply.end->usage, GetParam().tells(usage));
}

TEST_P(LlmConformance, AnAnswerThatSaysNothingIsAFailure) {
    if (lacks(LlmFeature::Script)) return;
    rig_->play({.text = ""});
    EXPECT_EQ(tell(ask("Say it.")).outcome(), "upstream_failed");
    EXPECT_EQ(tell(ask("Say it.")).outcome(), "end") << "and the next call is not harmed";
}

TEST_P(LlmConformance, TellsWhichModelsItHas) {
    if (lacks(LlmFeature::List)) return;
    auto told = asio::co_spawn(executor(), provider().list({}), asio::use_future);
    ASSERT_EQ(told.wait_for(GetParam().patience), std::future_status::ready);
    const auto models = told.get();
    ASSERT_TRUE(models) << models.error().message;
    EXPECT_NE(std::ranges::find(models->models, rig_->model(), &core::ToldModel::name), models->models.end());
}

TEST_P(LlmConformance, AStopReachesACallThatStandsStill) {
    if (lacks(LlmFeature::Script)) return;
    for (const LlmHold hold : {LlmHold::BeforeHeaders, LlmHold::BeforeFirstPiece, LlmHold::InMidStream}) {
        rig_->play({.text = "one two three four", .hold = hold});
        std::stop_source stop;
        auto reply = start(ask("Say it."), {.stop = stop.get_token()});
        ASSERT_TRUE(rig_->wait_held(GetParam().patience));
        stop.request_stop();
        EXPECT_EQ(await_reply(reply, GetParam().promptness).outcome(), "cancelled");
        EXPECT_TRUE(rig_->wait_given_up(GetParam().promptness)) << "the upstream is left at once";
    }
}

TEST_P(LlmConformance, ADeadlineEndsACallThatStandsStill) {
    if (lacks(LlmFeature::Script)) return;
    for (const LlmHold hold : {LlmHold::BeforeHeaders, LlmHold::InMidStream}) {
        rig_->play({.text = "one two three four", .hold = hold});
        const asio::steady_timer soon(executor(), milliseconds(150));
        auto reply = start(ask("Say it."), {.deadline = {soon.expiry()}});
        EXPECT_EQ(await_reply(reply, milliseconds(150) + GetParam().promptness).outcome(),
                  "deadline_exceeded");
        EXPECT_TRUE(rig_->wait_given_up(GetParam().promptness));
    }
}

TEST_P(LlmConformance, AFailingUpstreamIsNamedForWhatItDid) {
    if (lacks(LlmFeature::Faults)) return;
    const std::vector<std::pair<LlmFault, std::string>> faults{
        {LlmFault::KeyRefused, "upstream_auth"},        {LlmFault::TooManyRequests, "upstream_rate_limited"},
        {LlmFault::RequestRefused, "upstream_refused"}, {LlmFault::ServerError, "upstream_failed"},
        {LlmFault::CutInMidStream, "upstream_failed"},  {LlmFault::EndWithoutReason, "upstream_failed"},
        {LlmFault::Garbage, "upstream_failed"}};
    for (const auto& [fault, code] : faults) {
        rig_->play({.text = "one two three four", .fault = fault});
        const auto reply = tell(ask("Say it."));
        ASSERT_EQ(reply.outcome(), code) << "fault " << static_cast<int>(fault);
        EXPECT_FALSE(reply.error->message.empty());
        EXPECT_FALSE(reply.end);
        if (fault == LlmFault::TooManyRequests) EXPECT_EQ(reply.error->retry_after, milliseconds(7'000));
    }
    EXPECT_EQ(tell(ask("Tell me about the sea.")).outcome(), "end") << "and the next call is not harmed";
}

}  // namespace boternity::testing
