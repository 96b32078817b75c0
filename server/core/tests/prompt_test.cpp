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
TurnInput conversation(int count) {
    TurnInput input{.soul = "soul", .message = {.text = "now"}, .history_total = count};
    for (int i = 0; i < count; ++i) {
        input.history.push_back({.role = i % 2 == 0 ? Role::User : Role::Assistant,
                                 .text = std::to_string(i) + ":" + std::string(78 - (i > 9), 'x')});
    }
    return input;
}

Result<Prompt> fit(TurnInput input) {
    return testing::run_task(fit_prompt(std::move(input), small_model(), {}));
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
    EXPECT_EQ(messages.front().text, "soul");
    EXPECT_EQ(messages.back().text, "now");
    EXPECT_EQ(messages[messages.size() - 2].text.substr(0, 3), "29:");
    EXPECT_EQ(prompt->cut->dropped_messages + prompt->cut->kept_messages, 30);
    EXPECT_LE(prompt->input_tokens, kWindow - 100);
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

TEST(Prompt, IsAPureFunctionOfItsInputs) {
    EXPECT_EQ(fit(conversation(30))->request, fit(conversation(30))->request);
}

}  // namespace
}  // namespace boternity::core
