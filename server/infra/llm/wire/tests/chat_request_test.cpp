#include "infra/llm/wire/chat_completions.hpp"
#include "infra/llm/wire/token_estimate.hpp"

#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

namespace boternity::infra {
namespace {

namespace json = boost::json;
using Role = core::PromptMessage::Role;

core::ModelRequest asked(std::vector<core::PromptMessage> messages) {
    return {.model = "m", .messages = std::move(messages), .max_output_tokens = 100};
}

json::value encoded(const core::ModelRequest& request, const ChatDialect& dialect = {}) {
    const auto text = encode_chat_request(request, dialect);
    EXPECT_TRUE(text) << text.error().message;
    return text ? json::parse(*text) : json::value{};
}

TEST(ChatRequest, SaysEverythingThatWasAsked) {
    core::ModelRequest request =
        asked({core::PromptMessage::of(Role::System, "Be \"kind\"\n"),
               core::PromptMessage::of(Role::User, "Grüße 🙂"),
               {.role = Role::Assistant,
                .parts = {core::TextPart{.text = "Let me look."},
                          core::ToolCall{.id = "a", .name = "search", .arguments = R"({"q":"x"})"},
                          core::ToolCall{.id = "b", .name = "now"}}},
               {.role = Role::Tool,
                .parts = {core::ToolResult{.call = "a", .text = "found"}, core::ToolResult{.call = "b"}}}});
    request.tools = {
        {.name = "search", .description = "Finds", .parameters = R"({"type":"object","x":[1.5]})"},
        {.name = "now"}};
    request.temperature = 0.5;
    request.stop = {"END", "\n"};
    request.cache_key = "session-1";
    EXPECT_EQ(encoded(request), json::parse(R"({
        "model":"m",
        "messages":[
            {"role":"system","content":"Be \"kind\"\n"},
            {"role":"user","content":"Grüße 🙂"},
            {"role":"assistant","content":"Let me look.","tool_calls":[
                {"id":"a","type":"function","function":{"name":"search","arguments":"{\"q\":\"x\"}"}},
                {"id":"b","type":"function","function":{"name":"now","arguments":"{}"}}]},
            {"role":"tool","content":"found","tool_call_id":"a"},
            {"role":"tool","content":"","tool_call_id":"b"}],
        "tools":[
            {"type":"function","function":{"name":"search","description":"Finds","parameters":{"type":"object","x":[1.5]}}},
            {"type":"function","function":{"name":"now","description":"","parameters":{"type":"object"}}}],
        "max_tokens":100,"temperature":0.5,"stop":["END","\n"],
        "stream":true,"stream_options":{"include_usage":true}})"));
}

TEST(ChatRequest, AnAssistantThatOnlyCallsHasNullContent) {
    const auto body = encoded(asked(
        {core::PromptMessage::of(Role::User, "x"),
         {.role = Role::Assistant, .parts = {core::ToolCall{.id = "a", .name = "f", .arguments = "{}"}}},
         {.role = Role::Tool, .parts = {core::ToolResult{.call = "a", .text = "y"}}}}));
    EXPECT_TRUE(body.at("messages").at(1).at("content").is_null());
}

TEST(ChatRequest, ReasoningModelsGetTheirOwnLimitAndNoTemperature) {
    core::ModelRequest request = asked({core::PromptMessage::of(Role::User, "x")});
    request.temperature = 1.0;
    const auto body = encoded(request, {.completion_limit = true, .sampling = false}).as_object();
    EXPECT_EQ(body.at("max_completion_tokens"), 100);
    EXPECT_FALSE(body.contains("max_tokens"));
    EXPECT_FALSE(body.contains("temperature"));
}

TEST(ChatRequest, LeavesOutWhatSaysNothing) {
    const auto body =
        encoded(
            asked({core::PromptMessage::of(Role::System, ""), core::PromptMessage::of(Role::User, "x"),
                   core::PromptMessage::of(Role::Assistant, ""), core::PromptMessage::of(Role::User, "y")}))
            .as_object();
    EXPECT_EQ(body.at("messages").as_array().size(), 2U);
    EXPECT_FALSE(body.contains("tools"));
    EXPECT_FALSE(body.contains("stop"));
}

TEST(ChatRequest, RefusesWhatNoModelCanAnswer) {
    for (const auto& request :
         {asked({}), asked({core::PromptMessage::of(Role::User, "")}), asked({{.role = Role::System}})}) {
        const auto text = encode_chat_request(request, {});
        ASSERT_FALSE(text);
        EXPECT_EQ(text.error().code, ErrorCode::InvalidArgument);
    }
    core::ModelRequest request = asked({core::PromptMessage::of(Role::User, "x")});
    request.tools = {{.name = "f", .parameters = "[1]"}};
    EXPECT_FALSE(encode_chat_request(request, {}));
}

TEST(TokenEstimate, GrowsWithEveryPart) {
    core::ModelRequest request = asked({core::PromptMessage::of(Role::User, "x")});
    int last = estimate_tokens(request);
    EXPECT_GT(last, 0);
    const auto grows = [&] {
        const int now = estimate_tokens(request);
        EXPECT_GT(now, last);
        last = now;
    };
    request.messages.push_back(
        {.role = Role::Assistant, .parts = {core::ToolCall{.id = "a", .name = "f", .arguments = "{}"}}});
    grows();
    request.messages.push_back(
        {.role = Role::Tool, .parts = {core::ToolResult{.call = "a", .text = "found"}}});
    grows();
    request.tools.push_back({.name = "f", .description = "does", .parameters = "{}"});
    grows();
    request.messages.push_back(core::PromptMessage::of(Role::User, "世界世界世界"));
    grows();
}

}  // namespace
}  // namespace boternity::infra
