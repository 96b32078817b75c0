#include "core/agents/prompt.hpp"
#include "testing/run_task.hpp"
#include "testing/scripted_llm.hpp"

#include <gtest/gtest.h>

namespace boternity::core {
namespace {

constexpr int kWindow = 400;

ResolvedModel small_model() {
    auto card = testing::ScriptedLlm::default_card();
    card.window_tokens = kWindow;
    card.max_output_tokens = 100;
    return {std::make_shared<testing::ScriptedLlm>(std::vector{card}), card};
}

/// `count` messages of 80 bytes (24 tokens as the scripted model counts), user and assistant by turns.
RunInput conversation(int count) {
    RunInput input{.soul = "soul", .message = {.text = "now"}, .history_total = count};
    for (int i = 0; i < count; ++i) {
        input.history.push_back({.role = i % 2 == 0 ? Role::User : Role::Assistant,
                                 .text = std::to_string(i) + ":" + std::string(78 - (i > 9), 'x')});
    }
    return input;
}

Result<Prompt> fit(RunInput input) {
    return testing::run_task(fit_prompt(&input, small_model(), {}));
}

int tokens_of(const ResolvedModel& model, const Prompt& prompt) {
    return *testing::run_task(model.provider->count_tokens(prompt.request, {}));
}

TEST(Prompt, AShortConversationIsWhole) {
    const auto prompt = fit(conversation(4));
    ASSERT_TRUE(prompt);
    EXPECT_FALSE(prompt->cut);
    EXPECT_EQ(prompt->request.messages.size(), 6U);
}

TEST(Prompt, TheOldestMessagesAreLeftOutFirstAndAsFewAsNeeded) {
    const auto model = small_model();
    const auto prompt = fit(conversation(30));
    ASSERT_TRUE(prompt);
    ASSERT_TRUE(prompt->cut);
    const auto& messages = prompt->request.messages;
    EXPECT_EQ(messages.front().text(), "soul");
    EXPECT_EQ(messages.back().text(), "now");
    EXPECT_EQ(messages[messages.size() - 2].text().substr(0, 3), "29:");
    EXPECT_EQ(prompt->cut->dropped_messages + prompt->cut->kept_messages, 30);
    EXPECT_LE(tokens_of(model, *prompt), kWindow - 100);
    // One message more would not fit.
    auto more = prompt->request;
    more.messages = compose(conversation(30), static_cast<std::size_t>(prompt->cut->dropped_messages) - 1);
    const auto tokens = testing::run_task(model.provider->count_tokens(more, {}));
    EXPECT_GT(*tokens, kWindow - 100);
}

TEST(Prompt, MessagesThatWereNotEvenReadCountAsDropped) {
    auto input = conversation(4);
    input.history_total = 1'000;
    const auto prompt = fit(std::move(input));
    ASSERT_TRUE(prompt->cut);
    EXPECT_EQ(prompt->cut->dropped_messages, 996);
    EXPECT_EQ(prompt->cut->kept_messages, 4);
}

TEST(Prompt, TheConversationBeginsWithAPerson) {
    const auto messages = compose(conversation(4), 1);
    ASSERT_EQ(messages.size(), 4U);
    EXPECT_EQ(messages[1].role, PromptMessage::Role::User);
}

TEST(Prompt, ASoulThatDoesNotFitIsAnErrorThatSaysWhatToDo) {
    for (const int history : {0, 1, 7}) {
        auto input = conversation(history);
        input.soul = std::string(4'000, 's');
        const auto prompt = fit(std::move(input));
        ASSERT_FALSE(prompt);
        EXPECT_EQ(prompt.error().code, ErrorCode::ContextTooLong);
        EXPECT_NE(prompt.error().message.find("larger window"), std::string::npos);
    }
}

TEST(Prompt, ThePromptAndItsAnswersLimitAreNeverMoreThanTheWindow) {
    auto model = small_model();
    model.card.max_output_tokens = 200;
    for (int history = 0; history <= 30; ++history) {
        const auto input = conversation(history);
        const auto prompt = testing::run_task(fit_prompt(&input, model, {}));
        ASSERT_TRUE(prompt);
        const int limit = prompt->request.max_output_tokens;
        EXPECT_LE(tokens_of(model, *prompt) + limit, kWindow) << history;
        EXPECT_GE(limit, kWindow / 4) << history;
        EXPECT_TRUE(limit == 200 || tokens_of(model, *prompt) + limit == kWindow) << "all there is room for";
    }
}

TEST(Prompt, AnEstimateMayBeTooLowByATenth) {
    auto model = small_model();
    model.card.counts_exactly = false;
    const auto input = conversation(30);
    const auto prompt = testing::run_task(fit_prompt(&input, model, {}));
    ASSERT_TRUE(prompt);
    const int estimate = tokens_of(model, *prompt);
    EXPECT_LE(estimate * 10 / 9, kWindow - 100);
    EXPECT_GT(estimate, (kWindow - 100) * 3 / 4) << "and no more is given away";
}

TEST(Prompt, ABotWithoutALimitGetsWhatTheModelNeeds) {
    auto card = small_model().card;
    card.max_output_tokens = 20'000;
    EXPECT_EQ(request_for({}, card).max_output_tokens, 1'024);
    card.default_output_tokens = 16'384;
    EXPECT_EQ(request_for({}, card).max_output_tokens, 16'384);
    EXPECT_EQ(request_for({.run = {.settings = {.max_output_tokens = 7}}}, card).max_output_tokens, 7);
}

TEST(Prompt, NeighboursOfOneRoleAreOneMessage) {
    RunInput input{.soul = "soul", .message = {.text = "three"}};
    for (const char* text : {"one", "two"}) input.history.push_back({.role = Role::User, .text = text});
    input.history.push_back({.role = Role::Assistant, .text = "half"});
    input.history.push_back({.role = Role::Assistant, .text = ""});
    input.history.push_back({.role = Role::Assistant, .text = "whole"});
    using enum PromptMessage::Role;
    const std::vector<PromptMessage> expected{
        PromptMessage::of(System, "soul"), PromptMessage::of(User, "one\n\ntwo"),
        PromptMessage::of(Assistant, "half\n\nwhole"), PromptMessage::of(User, "three")};
    EXPECT_EQ(compose(input, 0), expected);
}

TEST(Prompt, IsAPureFunctionOfItsInputs) {
    EXPECT_EQ(fit(conversation(30))->request, fit(conversation(30))->request);
}

}  // namespace
}  // namespace boternity::core
