#include "core/runs/run_diff.hpp"

#include <gtest/gtest.h>

namespace boternity::core {
namespace {

using Words = std::vector<std::string>;

std::vector<Step> steps() {
    Step model{.position = 1,
               .state = StepState::Done,
               .input = ModelInput{.model = "m", .request_hash = "sha256:1"},
               .output = ModelOutput{.parts = {TextPart{.text = "one\ntwo\n"}}}};
    Step tool{.position = 2,
              .state = StepState::Done,
              .input = ToolInput{.call = "c", .tool = "t", .arguments = "{}"},
              .output = ToolOutput{.text = "ok"}};
    return {model, tool};
}

TEST(RunDiff, OfLikeRunsIsEmpty) {
    auto other = steps();
    other[1].attempt = 7;
    other[0].usage.input_tokens = 9;
    other[0].started_at = {5};
    std::get<ToolInput>(other[1].input).call = "another id";
    const auto diff = diff_runs({}, steps(), {.attempt = 2}, other);
    EXPECT_EQ(diff.differs_in, Words{});
    ASSERT_EQ(diff.steps.size(), 2U);
    for (const auto& step : diff.steps) EXPECT_EQ(step.differs_in, Words{});
}

TEST(RunDiff, TellsWhereAndInWhat) {
    auto other = steps();
    std::get<ModelInput>(other[0].input).request_hash = "sha256:2";
    other[0].output = ModelOutput{.parts = {TextPart{.text = "one\nthree\n"}}};
    other[1].state = StepState::Failed;
    other[1].error = RunError{ErrorCode::Internal, "No."};
    other.push_back({.position = 3, .input = WaitInput{}});
    const auto diff = diff_runs({.model = "m"}, steps(), {.state = RunState::Failed, .model = "n"}, other);
    EXPECT_EQ(diff.differs_in, (Words{"model", "state", "steps"}));
    EXPECT_EQ(diff.steps[0].differs_in, (Words{"given", "result"}));
    EXPECT_EQ(diff.steps[0].text_diff, "--- a\n+++ b\n@@ -1,2 +1,2 @@\n one\n-two\n+three\n");
    EXPECT_EQ(diff.steps[1].differs_in, (Words{"state", "result"}));
    ASSERT_EQ(diff.steps.size(), 3U);
    EXPECT_FALSE(diff.steps[2].a);
    EXPECT_TRUE(diff.steps[2].b);
}

TEST(RunDiff, OfAnotherKindOfStepSaysSo) {
    auto other = steps();
    other[1] = {.position = 2, .state = StepState::Done, .input = WaitInput{}, .output = WaitOutput{}};
    const auto diff = diff_runs({}, steps(), {}, other);
    EXPECT_EQ(diff.steps[1].differs_in, (Words{"kind", "given", "result"}));
}

}  // namespace
}  // namespace boternity::core
