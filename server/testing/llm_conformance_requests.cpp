#include "testing/llm_conformance.hpp"

#include <memory>
#include <utility>

/// The cases of what a request may hold: tools, choices, schemas, efforts, media and reasoning.
namespace boternity::testing {

int link_llm_request_cases() {
    return 1;
}

namespace {

using Role = core::PromptMessage::Role;
using core::StopReason;
using namespace std::string_view_literals;

constexpr std::string_view kManyScripts =
    "Grüße, 世界! \U0001F9D1\u200D\U0001F680 \u0645\u0631\u062D\u0628\u0627 e\u0301 \"\\\n\t\u2028 end";

std::vector<core::ToolOffer> two_tools() {
    return {{.name = "search", .description = "Finds", .parameters = R"({"type":"object"})"},
            {.name = "now", .description = "Tells the time", .parameters = R"({"type":"object"})"}};
}

std::vector<core::ToolCall> two_calls() {
    return {{.id = "call_1", .name = "search", .arguments = R"({"q":"Grüße \"x\"","n":[1,2]})"},
            {.id = "call_2", .name = "now", .arguments = "{}"}};
}

core::PromptMessage two_results() {
    return {.role = Role::Tool,
            .parts = {core::ToolResult{.call = "call_1", .name = "search", .text = "found"},
                      core::ToolResult{.call = "call_2", .name = "now", .text = "noon"}}};
}

}  // namespace

TEST_P(LlmConformance, ToolCallsArriveWhole) {
    if (lacks(LlmFeature::Tools) || lacks(LlmFeature::Script)) return;
    const auto calls = two_calls();
    rig_->play({.text = "Let me look.", .calls = calls, .stop = StopReason::ToolCalls});
    auto request = ask("Look it up.");
    request.tools = two_tools();
    const auto first = tell(request);
    ASSERT_EQ(first.outcome(), "end");
    EXPECT_EQ(first.text(), "Let me look.");
    EXPECT_EQ(first.calls(), calls);
    EXPECT_EQ(first.end->reason, StopReason::ToolCalls);

    request.messages.push_back(first.message());
    request.messages.push_back(two_results());
    rig_->play({.text = "It is noon."});
    const auto second = tell(request);
    ASSERT_EQ(second.outcome(), "end") << second.error.value_or(Error{}).message;
    EXPECT_EQ(second.text(), "It is noon.");
    if (lacks(LlmFeature::Heard)) return;
    EXPECT_EQ(rig_->heard().messages, request.messages);
    EXPECT_EQ(rig_->heard().tools, request.tools);
    EXPECT_EQ(rig_->heard().tool_choice, core::ToolChoice::Auto);
    EXPECT_TRUE(rig_->heard().parallel_calls);
}

TEST_P(LlmConformance, CallsOfTheModelsOwnNamesAreTakenAsTheyAre) {
    if (lacks(LlmFeature::Tools) || lacks(LlmFeature::Script)) return;
    // Twice the same call, and one without arguments.
    const std::vector<core::ToolCall> calls{{.id = "call_1", .name = "now", .arguments = "{}"},
                                            {.id = "call_2", .name = "now", .arguments = "{}"}};
    rig_->play({.calls = calls, .stop = StopReason::ToolCalls});
    auto request = ask("Twice, please.");
    request.tools = two_tools();
    const auto reply = tell(request);
    ASSERT_EQ(reply.outcome(), "end");
    EXPECT_EQ(reply.calls(), calls);
    EXPECT_EQ(reply.text(), "");
}

TEST_P(LlmConformance, AToolsFailureReachesTheModel) {
    if (lacks(LlmFeature::Tools) || lacks(LlmFeature::Script) || lacks(LlmFeature::Heard)) return;
    rig_->play({.calls = two_calls(), .stop = StopReason::ToolCalls});
    auto request = ask("Look it up.");
    request.tools = two_tools();
    request.messages.push_back(tell(request).message());
    auto results = two_results();
    std::get<core::ToolResult>(results.parts[0]).failed = true;
    request.messages.push_back(results);
    ASSERT_EQ(tell(request).outcome(), "end");
    const auto heard = rig_->heard().messages;
    ASSERT_EQ(heard.size(), 3U);
    const auto* first = std::get_if<core::ToolResult>(&heard[2].parts.at(0));
    ASSERT_NE(first, nullptr);
    EXPECT_TRUE(first->text.contains("found"));
    // Formats without a place for it say it in the text.
    EXPECT_TRUE(first->failed || first->text.contains("failed")) << first->text;
}

TEST_P(LlmConformance, AChoiceOfToolsReachesTheModel) {
    if (lacks(LlmFeature::Tools) || lacks(LlmFeature::Heard) || lacks(LlmFeature::ForcedTools)) return;
    struct Choice {
        core::ToolChoice choice;
        std::string only;
    };
    for (const Choice& wanted : {Choice{core::ToolChoice::None, ""}, Choice{core::ToolChoice::Required, ""},
                                 Choice{core::ToolChoice::Required, "now"}}) {
        auto request = ask("Look it up.");
        request.tools = two_tools();
        request.tool_choice = wanted.choice;
        request.only_tool = wanted.only;
        ASSERT_EQ(tell(request).outcome(), "end");
        EXPECT_EQ(rig_->heard().tool_choice, wanted.choice);
        EXPECT_EQ(rig_->heard().only_tool, wanted.only);
    }
}

TEST_P(LlmConformance, OneCallAtATimeCanBeDemanded) {
    if (lacks(LlmFeature::Tools) || lacks(LlmFeature::Heard) || lacks(LlmFeature::OneCall)) return;
    for (const auto choice : {core::ToolChoice::Auto, core::ToolChoice::Required}) {
        auto request = ask("Look it up.");
        request.tools = two_tools();
        request.tool_choice = choice;
        request.parallel_calls = false;
        ASSERT_EQ(tell(request).outcome(), "end");
        EXPECT_FALSE(rig_->heard().parallel_calls);
        EXPECT_EQ(rig_->heard().tool_choice, choice);
    }
}

TEST_P(LlmConformance, ASchemaReachesTheModel) {
    if (lacks(LlmFeature::Heard) || lacks(LlmFeature::Schema)) return;
    auto request = ask("Name a city.");
    request.schema = {.name = "city",
                      .schema = R"({"type":"object","properties":{"name":{"type":"string"}},)"
                                R"("required":["name"],"additionalProperties":false})"};
    ASSERT_EQ(tell(request).outcome(), "end");
    ASSERT_TRUE(rig_->heard().schema);
    EXPECT_EQ(rig_->heard().schema->schema, request.schema->schema);
    request.schema->schema = "no schema";
    EXPECT_EQ(tell(request).outcome(), "invalid_argument");
}

TEST_P(LlmConformance, EffortReachesTheModel) {
    if (lacks(LlmFeature::Heard) || lacks(LlmFeature::Effort)) return;
    for (const auto effort : {core::Effort::None, core::Effort::Low, core::Effort::High}) {
        auto request = ask("Think.");
        request.model = rig_->thinking_model();
        request.effort = effort;
        request.max_output_tokens = 32'000;
        ASSERT_EQ(tell(request).outcome(), "end");
        EXPECT_EQ(rig_->heard().effort, effort);
        EXPECT_EQ(rig_->heard().max_output_tokens, 32'000);
    }
}

TEST_P(LlmConformance, MediaReachTheModel) {
    if (lacks(LlmFeature::Heard) || lacks(LlmFeature::Images)) return;
    const auto bytes = std::make_shared<const std::string>("\x89PNG\r\n\x1a\n\0not really"sv);
    auto request = ask("What is this?");
    request.messages[0].parts.insert(request.messages[0].parts.begin(),
                                     core::MediaPart{.media_type = "image/png", .bytes = bytes});
    ASSERT_EQ(tell(request).outcome(), "end");
    EXPECT_EQ(rig_->heard().messages, request.messages);
    if (lacks(LlmFeature::Documents)) return;
    request.messages[0].parts[0] = core::MediaPart{.kind = core::MediaPart::Kind::Document,
                                                   .media_type = "application/pdf",
                                                   .name = "report.pdf",
                                                   .bytes = std::make_shared<const std::string>("%PDF-1.7")};
    ASSERT_EQ(tell(request).outcome(), "end");
    auto heard = rig_->heard().messages;
    ASSERT_EQ(heard.size(), 1U);
    auto* document = std::get_if<core::MediaPart>(&heard[0].parts.at(0));
    ASSERT_NE(document, nullptr);
    if (document->name.empty()) document->name = "report.pdf";  // not every format has names
    EXPECT_EQ(heard, request.messages);
}

TEST_P(LlmConformance, ReasoningIsToldAndSentBackUnchanged) {
    if (lacks(LlmFeature::Script) || lacks(LlmFeature::Reasoning)) return;
    rig_->play({.reasoning = {{.text = "The user wants " + std::string(kManyScripts)}},
                .text = "Let me look.",
                .calls = two_calls(),
                .stop = StopReason::ToolCalls});
    auto request = ask("Look it up.");
    request.model = rig_->thinking_model();
    request.max_output_tokens = 4'000;
    request.tools = two_tools();
    const auto first = tell(request);
    ASSERT_EQ(first.outcome(), "end") << first.error.value_or(Error{}).message;
    EXPECT_EQ(first.text(), "Let me look.") << "reasoning is no text";
    const auto message = first.message();
    const auto thoughts = core::parts_of<core::ReasoningPart>(message);
    ASSERT_EQ(thoughts.size(), 1U);
    EXPECT_EQ(thoughts[0]->text, "The user wants " + std::string(kManyScripts));
    EXPECT_FALSE(thoughts[0]->state.format.empty());

    request.messages.push_back(message);
    request.messages.push_back(two_results());
    ASSERT_EQ(tell(request).outcome(), "end");
    EXPECT_EQ(rig_->heard().messages, request.messages);

    // Of another provider it is as if it were not there.
    for (auto& part : request.messages[1].parts) {
        if (auto* thought = std::get_if<core::ReasoningPart>(&part)) thought->state.format = "another";
        if (auto* text = std::get_if<core::TextPart>(&part)) text->state = {.format = "another", .data = "x"};
        if (auto* call = std::get_if<core::ToolCall>(&part)) call->state = {.format = "another", .data = "x"};
    }
    const auto again = tell(request);
    ASSERT_EQ(again.outcome(), "end") << again.error.value_or(Error{}).message;
    EXPECT_TRUE(core::parts_of<core::ReasoningPart>(rig_->heard().messages.at(1)).empty());
}

}  // namespace boternity::testing
