#include "infra/llm/openai_responses/responses_request.hpp"

#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

namespace boternity::infra {
namespace {

namespace json = boost::json;
using Role = core::PromptMessage::Role;

core::ModelRequest asked(std::vector<core::PromptMessage> messages) {
    return {.model = "m", .messages = std::move(messages), .max_output_tokens = 100};
}

ModelFacts plain() {
    return {};
}

ModelFacts thinker() {
    return {.card = {.reasoning = true},
            .traits = {.sampling = false, .thinking = ModelTraits::Thinking::Level}};
}

json::value encoded(const core::ModelRequest& request, const ModelFacts& facts = plain()) {
    const auto text = encode_responses_request(request, facts);
    EXPECT_TRUE(text) << text.error().message;
    return text ? json::parse(*text) : json::value{};
}

core::ReasoningPart sealed_thought() {
    return {.text = "hm",
            .state = {.format = std::string(kResponsesReasoning),
                      .data = R"({"type":"reasoning","id":"rs_1","summary":[],"encrypted_content":"gA"})"}};
}

TEST(ResponsesRequest, SaysEverythingThatWasAsked) {
    core::ModelRequest request = asked(
        {core::PromptMessage::of(Role::System, "Be \"kind\"\n"),
         core::PromptMessage::of(Role::User, "Grüße 🙂"),
         {.role = Role::Assistant,
          .parts = {core::TextPart{.text = "Let me look.",
                                   .state = {.format = std::string(kResponsesPhase), .data = "commentary"}},
                    core::ToolCall{.id = "a", .name = "search", .arguments = R"({"q":"x"})"},
                    core::ToolCall{.id = "b", .name = "now"}}},
         {.role = Role::Tool,
          .parts = {core::ToolResult{.call = "a", .text = "found"},
                    core::ToolResult{.call = "b", .text = "no clock", .failed = true}}}});
    request.tools = {
        {.name = "search", .description = "Finds", .parameters = R"({"type":"object","x":[1.5]})"},
        {.name = "now"}};
    request.parallel_calls = false;
    request.temperature = 0.5;
    request.stop = {"END"};
    request.cache_key = "session-1";
    EXPECT_EQ(encoded(request), json::parse(R"({
        "model":"m",
        "input":[
            {"type":"message","role":"system","content":"Be \"kind\"\n"},
            {"type":"message","role":"user","content":"Grüße 🙂"},
            {"type":"message","role":"assistant","content":"Let me look.","phase":"commentary"},
            {"type":"function_call","call_id":"a","name":"search","arguments":"{\"q\":\"x\"}"},
            {"type":"function_call","call_id":"b","name":"now","arguments":"{}"},
            {"type":"function_call_output","call_id":"a","output":"found"},
            {"type":"function_call_output","call_id":"b","output":"The tool failed: no clock"}],
        "tools":[
            {"type":"function","name":"search","description":"Finds","parameters":{"type":"object","x":[1.5]},"strict":false},
            {"type":"function","name":"now","description":"","parameters":{"type":"object"},"strict":false}],
        "parallel_tool_calls":false,
        "max_output_tokens":100,"temperature":0.5,"store":false,"stream":true})"));
}

TEST(ResponsesRequest, ReasoningGoesBackAsItCame) {
    const auto body = encoded(
        asked(
            {core::PromptMessage::of(Role::User, "x"),
             {.role = Role::Assistant,
              .parts = {core::ReasoningPart{.text = "another's", .state = {.format = "other", .data = "{}"}},
                        core::ReasoningPart{.text = "nobody's"}, sealed_thought(),
                        core::TextPart{.text = "y", .state = {.format = "other", .data = "commentary"}}}},
             core::PromptMessage::of(Role::User, "z")}),
        thinker());
    EXPECT_EQ(body.at("input"), json::parse(R"([
        {"type":"message","role":"user","content":"x"},
        {"type":"reasoning","id":"rs_1","summary":[],"encrypted_content":"gA"},
        {"type":"message","role":"assistant","content":"y"},
        {"type":"message","role":"user","content":"z"}])"));
}

TEST(ResponsesRequest, ReasoningThatLedToNothingStaysAway) {
    const auto body =
        encoded(asked({core::PromptMessage::of(Role::User, "x"),
                       {.role = Role::Assistant,
                        .parts = {core::TextPart{.text = "y"}, sealed_thought(), core::TextPart{}}},
                       {.role = Role::Assistant, .parts = {sealed_thought()}},
                       core::PromptMessage::of(Role::User, "z")}),
                thinker());
    EXPECT_EQ(body.at("input"), json::parse(R"([
        {"type":"message","role":"user","content":"x"},
        {"type":"message","role":"assistant","content":"y"},
        {"type":"message","role":"user","content":"z"}])"));
}

TEST(ResponsesRequest, OnlyModelsThatReasonAreAskedForIt) {
    core::ModelRequest request = asked({core::PromptMessage::of(Role::User, "x")});
    request.effort = core::Effort::High;
    request.temperature = 1.0;
    const auto without = encoded(request).as_object();
    EXPECT_FALSE(without.contains("reasoning"));
    EXPECT_FALSE(without.contains("include"));
    const auto with = encoded(request, thinker()).as_object();
    EXPECT_EQ(with.at("reasoning"), json::parse(R"({"effort":"high"})"));
    EXPECT_EQ(with.at("include"), json::parse(R"(["reasoning.encrypted_content"])"));
    EXPECT_FALSE(with.contains("temperature"));
    request.effort.reset();
    EXPECT_FALSE(encoded(request, thinker()).as_object().contains("reasoning"));
}

TEST(ResponsesRequest, AModelThatAlwaysThinksIsNotToldNotTo) {
    core::ModelRequest request = asked({core::PromptMessage::of(Role::User, "x")});
    request.effort = core::Effort::None;
    EXPECT_EQ(encoded(request, thinker()).at("reasoning"), json::parse(R"({"effort":"none"})"));
    auto always = thinker();
    always.traits.thinking_off = false;
    EXPECT_FALSE(encoded(request, always).as_object().contains("reasoning"));
}

TEST(ResponsesRequest, ImagesAndDocumentsAreDataUrls) {
    const auto bytes = std::make_shared<const std::string>("abc");
    const auto body = encoded(asked({{.role = Role::User,
                                      .parts = {core::MediaPart{.media_type = "image/png", .bytes = bytes},
                                                core::TextPart{.text = "x"}, core::TextPart{},
                                                core::MediaPart{.kind = core::MediaPart::Kind::Document,
                                                                .media_type = "application/pdf",
                                                                .bytes = bytes}}}}));
    EXPECT_EQ(body.at("input").at(0).at("content"), json::parse(R"([
        {"type":"input_image","image_url":"data:image/png;base64,YWJj"},
        {"type":"input_text","text":"x"},
        {"type":"input_file","filename":"document","file_data":"data:application/pdf;base64,YWJj"}])"));
}

TEST(ResponsesRequest, AChoiceOfToolsIsSaidWhereItIsKnown) {
    core::ModelRequest request = asked({core::PromptMessage::of(Role::User, "x")});
    request.tool_choice = core::ToolChoice::Required;
    EXPECT_FALSE(encoded(request).as_object().contains("tool_choice")) << "without tools";
    request.tools = {{.name = "now"}};
    EXPECT_EQ(encoded(request).at("tool_choice"), "required");
    request.only_tool = "now";
    EXPECT_EQ(encoded(request).at("tool_choice"), json::parse(R"({"type":"function","name":"now"})"));
    EXPECT_FALSE(encoded(request, {.traits = {.forced_tools = false}}).as_object().contains("tool_choice"));
    request.tool_choice = core::ToolChoice::None;
    EXPECT_EQ(encoded(request).at("tool_choice"), "none");
}

TEST(ResponsesRequest, AnAnswerIsHeldToItsSchema) {
    core::ModelRequest request = asked({core::PromptMessage::of(Role::User, "x")});
    request.schema = {.name = "city", .schema = R"({"type":"object"})"};
    EXPECT_EQ(encoded(request).at("text"), json::parse(R"({"format":{
        "type":"json_schema","name":"city","schema":{"type":"object"},"strict":true}})"));
}

TEST(ResponsesRequest, ALimitThatWouldBeRefusedIsRaised) {
    core::ModelRequest request = asked({core::PromptMessage::of(Role::User, "x")});
    request.max_output_tokens = 1;
    EXPECT_EQ(encoded(request).at("max_output_tokens"), 16);
}

TEST(ResponsesRequest, WhatBreaksTheRulesIsNamed) {
    const auto field = [](const core::ModelRequest& request) {
        const auto text = encode_responses_request(request, plain());
        return text ? "" : text.error().field;
    };
    EXPECT_EQ(field(asked({})), "messages");
    EXPECT_EQ(field(asked({core::PromptMessage::of(Role::User, "")})), "messages");
    core::ModelRequest request = asked({core::PromptMessage::of(Role::User, "x")});
    request.tools = {{.name = "f", .parameters = "[]"}};
    EXPECT_EQ(field(request), "tools");
    request.tools.clear();
    request.schema = {.name = "s", .schema = "7"};
    EXPECT_EQ(field(request), "schema");
}

}  // namespace
}  // namespace boternity::infra
