#include "infra/llm/anthropic/anthropic_request.hpp"

#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

namespace boternity::infra {
namespace {

namespace json = boost::json;
using Role = core::PromptMessage::Role;
using Thinking = ModelTraits::Thinking;

core::ModelRequest asked(std::vector<core::PromptMessage> messages) {
    return {.model = "m", .messages = std::move(messages), .max_output_tokens = 100};
}

json::value encoded(const core::ModelRequest& request, const ModelTraits& traits = {}) {
    const auto text = encode_anthropic_request(request, traits);
    EXPECT_TRUE(text) << text.error().message;
    return text ? json::parse(*text) : json::value{};
}

TEST(AnthropicRequest, SaysEverythingThatWasAsked) {
    core::ModelRequest request =
        asked({core::PromptMessage::of(Role::System, "Be \"kind\"\n"),
               core::PromptMessage::of(Role::User, "Grüße 🙂"),
               {.role = Role::Assistant,
                .parts = {core::TextPart{.text = "Let me look."},
                          core::ToolCall{.id = "a", .name = "search", .arguments = R"({"q":"x"})"},
                          core::ToolCall{.id = "functions.now:0", .name = "now"}}},
               {.role = Role::Tool,
                .parts = {core::ToolResult{.call = "a", .text = "found"},
                          core::ToolResult{.call = "functions.now:0", .text = "no clock", .failed = true}}}});
    request.tools = {
        {.name = "search", .description = "Finds", .parameters = R"({"type":"object","x":[1.5]})"},
        {.name = "now", .parameters = "{}"}};
    request.parallel_calls = false;
    request.temperature = 1.5;
    request.stop = {"END"};
    request.cache_key = "session-1";
    EXPECT_EQ(encoded(request), json::parse(R"({
        "model":"m","max_tokens":100,
        "system":[{"type":"text","text":"Be \"kind\"\n"}],
        "messages":[
            {"role":"user","content":[{"type":"text","text":"Grüße 🙂"}]},
            {"role":"assistant","content":[
                {"type":"text","text":"Let me look."},
                {"type":"tool_use","id":"a","name":"search","input":{"q":"x"}},
                {"type":"tool_use","id":"functions_now_0","name":"now","input":{}}]},
            {"role":"user","content":[
                {"type":"tool_result","tool_use_id":"a","content":"found"},
                {"type":"tool_result","tool_use_id":"functions_now_0","content":"no clock","is_error":true}]}],
        "tools":[
            {"name":"search","description":"Finds","input_schema":{"type":"object","x":[1.5]}},
            {"name":"now","description":"","input_schema":{"type":"object"}}],
        "tool_choice":{"type":"auto","disable_parallel_tool_use":true},
        "temperature":1.0,"stop_sequences":["END"],
        "cache_control":{"type":"ephemeral"},"stream":true})"));
}

TEST(AnthropicRequest, ThoughtsGoBackAsTheyCame) {
    const auto body = encoded(
        asked({core::PromptMessage::of(Role::User, "x"),
               {.role = Role::Assistant,
                .parts = {core::ReasoningPart{.text = "another's", .state = {.format = "other", .data = "s"}},
                          core::ReasoningPart{.text = "unsigned"},
                          core::ReasoningPart{.text = "hm",
                                              .state = {.format = "anthropic_thinking", .data = "s1"}},
                          core::ReasoningPart{.state = {.format = "anthropic_redacted", .data = "r1"}},
                          core::TextPart{.text = "y"}}},
               core::PromptMessage::of(Role::User, "z")}));
    EXPECT_EQ(body.at("messages").at(1).at("content"), json::parse(R"([
        {"type":"thinking","thinking":"hm","signature":"s1"},
        {"type":"redacted_thinking","data":"r1"},
        {"type":"text","text":"y"}])"));
}

TEST(AnthropicRequest, WhatWouldBeRefusedIsLeftOut) {
    const core::ReasoningPart thought{.text = "hm", .state = {.format = "anthropic_thinking", .data = "s1"}};
    const auto body =
        encoded(asked({core::PromptMessage::of(Role::System, " \n"),
                       core::PromptMessage::of(Role::User, "x"),
                       {.role = Role::Assistant, .parts = {core::TextPart{.text = "y"}, thought}},
                       {.role = Role::Assistant, .parts = {thought, core::TextPart{.text = " \n\t "}}},
                       core::PromptMessage::of(Role::Assistant, "\n\n"),
                       core::PromptMessage::of(Role::User, "z")}));
    EXPECT_FALSE(body.as_object().contains("system"));
    EXPECT_EQ(body.at("messages"), json::parse(R"([
        {"role":"user","content":[{"type":"text","text":"x"}]},
        {"role":"assistant","content":[{"type":"text","text":"y"}]},
        {"role":"user","content":[{"type":"text","text":"z"}]}])"));
}

TEST(AnthropicRequest, ArgumentsThatAreNoObjectAreShownAsTheyAre) {
    const auto body = encoded(asked(
        {core::PromptMessage::of(Role::User, "x"),
         {.role = Role::Assistant, .parts = {core::ToolCall{.id = "a", .name = "f", .arguments = "oops"}}},
         {.role = Role::Tool, .parts = {core::ToolResult{.call = "a", .text = "wrong"}}}}));
    EXPECT_EQ(body.at("messages").at(1).at("content").at(0).at("input"),
              json::parse(R"({"arguments":"oops"})"));
}

TEST(AnthropicRequest, ImagesAndDocumentsAreSources) {
    const auto bytes = std::make_shared<const std::string>("abc");
    using Kind = core::MediaPart::Kind;
    const auto body = encoded(asked(
        {{.role = Role::User,
          .parts = {
              core::MediaPart{.media_type = "image/png", .bytes = bytes},
              core::MediaPart{.kind = Kind::Document, .media_type = "application/pdf", .bytes = bytes},
              core::MediaPart{
                  .kind = Kind::Document, .media_type = "text/markdown", .name = "a.md", .bytes = bytes}}}}));
    EXPECT_EQ(body.at("messages").at(0).at("content"), json::parse(R"([
        {"type":"image","source":{"type":"base64","media_type":"image/png","data":"YWJj"}},
        {"type":"document","source":{"type":"base64","media_type":"application/pdf","data":"YWJj"}},
        {"type":"document","source":{"type":"text","media_type":"text/plain","data":"abc"},"title":"a.md"}])"));
}

TEST(AnthropicRequest, ABudgetFitsTheAnswersLimit) {
    core::ModelRequest request = asked({core::PromptMessage::of(Role::User, "x")});
    request.temperature = 0.5;
    request.effort = core::Effort::High;
    const ModelTraits traits{.thinking = Thinking::Budget};
    const auto budget = [&](int limit) {
        request.max_output_tokens = limit;
        const auto body = encoded(request, traits).as_object();
        EXPECT_EQ(body.contains("temperature"), !body.contains("thinking"));
        return body.contains("thinking") ? body.at("thinking").at("budget_tokens").to_number<int>() : 0;
    };
    EXPECT_EQ(budget(64'000), 16'384);
    EXPECT_EQ(budget(8'000), 7'999);
    EXPECT_EQ(budget(1'025), 1'024);
    EXPECT_EQ(budget(1'024), 0) << "no room to think";
    request.effort = core::Effort::Low;
    EXPECT_EQ(budget(64'000), 1'024);
}

TEST(AnthropicRequest, AnAdaptiveModelIsToldAnEffort) {
    core::ModelRequest request = asked({core::PromptMessage::of(Role::User, "x")});
    ModelTraits traits{.sampling = false, .thinking = Thinking::Adaptive};
    request.effort = core::Effort::Medium;
    auto body = encoded(request, traits);
    EXPECT_EQ(body.at("thinking"), json::parse(R"({"type":"adaptive"})"));
    EXPECT_EQ(body.at("output_config"), json::parse(R"({"effort":"medium"})"));
    request.effort = core::Effort::None;
    EXPECT_EQ(encoded(request, traits).at("thinking"), json::parse(R"({"type":"disabled"})"));
    traits.thinking_off = false;
    body = encoded(request, traits);
    EXPECT_EQ(body.at("output_config"), json::parse(R"({"effort":"low"})")) << "as little as it can";
}

TEST(AnthropicRequest, AThinkerIsNotForcedToCall) {
    core::ModelRequest request = asked({core::PromptMessage::of(Role::User, "x")});
    request.tools = {{.name = "now"}};
    request.tool_choice = core::ToolChoice::Required;
    EXPECT_EQ(encoded(request).at("tool_choice"), json::parse(R"({"type":"any"})"));
    request.only_tool = "now";
    EXPECT_EQ(encoded(request).at("tool_choice"), json::parse(R"({"type":"tool","name":"now"})"));
    EXPECT_FALSE(encoded(request, {.forced_tools = false}).as_object().contains("tool_choice"));
    request.effort = core::Effort::High;
    EXPECT_FALSE(encoded(request, {.thinking = Thinking::Adaptive}).as_object().contains("tool_choice"));
    request.tool_choice = core::ToolChoice::None;
    request.parallel_calls = false;
    EXPECT_EQ(encoded(request).at("tool_choice"), json::parse(R"({"type":"none"})"));
}

TEST(AnthropicRequest, AnAnswerIsHeldToItsSchema) {
    core::ModelRequest request = asked({core::PromptMessage::of(Role::User, "x")});
    request.schema = {.name = "city", .schema = R"({"type":"object"})"};
    EXPECT_EQ(encoded(request).at("output_config"),
              json::parse(R"({"format":{"type":"json_schema","schema":{"type":"object"}}})"));
}

TEST(AnthropicRequest, WhatBreaksTheRulesIsNamed) {
    const auto field = [](const core::ModelRequest& request, const ModelTraits& traits = {}) {
        const auto text = encode_anthropic_request(request, traits);
        return text ? "" : text.error().field;
    };
    EXPECT_EQ(field(asked({})), "messages");
    EXPECT_EQ(field(asked({core::PromptMessage::of(Role::System, "x")})), "messages");
    EXPECT_EQ(field(asked({core::PromptMessage::of(Role::User, "")})), "messages");
    EXPECT_EQ(field(asked({core::PromptMessage::of(Role::User, " \n")})), "messages");
    const auto begun =
        asked({core::PromptMessage::of(Role::User, "x"), core::PromptMessage::of(Role::Assistant, "begun")});
    EXPECT_EQ(field(begun), "");
    EXPECT_EQ(field(begun, {.prefill = false}), "messages");
    core::ModelRequest request = asked({core::PromptMessage::of(Role::User, "x")});
    request.tools = {{.name = "f", .parameters = "[]"}};
    EXPECT_EQ(field(request), "tools");
}

}  // namespace
}  // namespace boternity::infra
