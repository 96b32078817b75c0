#include "infra/llm/llama_cpp/tests/llama_rig.hpp"

#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

#include <ostream>
#include <string>
#include <utility>
#include <vector>

namespace boternity::infra::llm {
namespace {

using core::StopReason;
using core::ToolChoice;

core::ModelRequest with_now(core::ModelRequest request) {
    request.max_output_tokens = 96;
    request.tools = {
        {.name = "now",
         .description = "Tells the time in a city.",
         .parameters = R"({"type":"object","properties":{"city":{"type":"string"}},"required":["city"]})"}};
    return request;
}

TEST(LlamaTools, AToolIsCalledWhenItMust) {
    LlamaRig rig;
    auto request = with_now(ask("What time is it in Oslo?"));
    request.tool_choice = ToolChoice::Required;
    const auto heard = rig.tell(request);
    ASSERT_EQ(heard.outcome(), "end") << heard.error.value_or(Error{}).message;
    EXPECT_EQ(heard.end->reason, StopReason::ToolCalls) << heard.text();
    ASSERT_FALSE(heard.calls.empty()) << heard.text();
    EXPECT_EQ(heard.calls[0].name, "now");
    EXPECT_EQ(heard.calls[0].id, "call_1");
    const auto arguments = boost::json::parse(heard.calls[0].arguments);
    EXPECT_TRUE(arguments.at("city").is_string()) << heard.calls[0].arguments;
    EXPECT_NE(heard.calls[0].arguments.find("Oslo"), std::string::npos) << heard.calls[0].arguments;
}

TEST(LlamaTools, AToolIsCalledWhenItHelps) {
    LlamaRig rig;
    const auto heard = rig.tell(with_now(ask("What time is it in Oslo?")));
    ASSERT_EQ(heard.outcome(), "end") << heard.error.value_or(Error{}).message;
    EXPECT_EQ(heard.end->reason, StopReason::ToolCalls) << heard.text();
    ASSERT_FALSE(heard.calls.empty()) << heard.text();
    EXPECT_EQ(heard.calls[0].name, "now");
}

TEST(LlamaTools, OnlyTheToolThatIsNamedAndOnlyOnce) {
    LlamaRig rig;
    auto request = with_now(ask("What time is it in Oslo?"));
    request.tools.push_back({.name = "weather", .parameters = R"({"type":"object","properties":{}})"});
    request.tool_choice = ToolChoice::Required;
    request.only_tool = "weather";
    request.parallel_calls = false;
    const auto heard = rig.tell(request);
    ASSERT_EQ(heard.outcome(), "end") << heard.error.value_or(Error{}).message;
    ASSERT_EQ(heard.calls.size(), 1U) << heard.text();
    EXPECT_EQ(heard.calls[0].name, "weather");
    EXPECT_EQ(heard.text(), "");
}

TEST(LlamaTools, NoneMeansText) {
    LlamaRig rig;
    auto request = with_now(ask("What is the capital of France?"));
    request.tool_choice = ToolChoice::None;
    const auto heard = rig.tell(request);
    ASSERT_EQ(heard.outcome(), "end");
    EXPECT_TRUE(heard.calls.empty());
    EXPECT_NE(heard.text().find("Paris"), std::string::npos) << heard.text();
}

TEST(LlamaTools, AnAnswerFitsItsNestedSchema) {
    LlamaRig rig;
    auto request = ask("Describe the city of Paris.");
    request.max_output_tokens = 200;
    request.schema = {.name = "city", .schema = R"({"type":"object","properties":{
        "name":{"type":"string","maxLength":20},"size":{"enum":["small","large"]},
        "place":{"type":"object","properties":{"country":{"type":"string","maxLength":20},"capital":{"type":"boolean"}},
                 "required":["country","capital"],"additionalProperties":false},
        "years":{"type":"array","items":{"type":"integer","minimum":1,"maximum":2100},"minItems":1,"maxItems":3}},
        "required":["name","size","place","years"],"additionalProperties":false})"};
    const auto heard = rig.tell(request);
    ASSERT_EQ(heard.outcome(), "end") << heard.error.value_or(Error{}).message;
    EXPECT_EQ(heard.end->reason, StopReason::Stop);
    boost::system::error_code error;
    const auto answer = boost::json::parse(heard.text(), error);
    ASSERT_FALSE(error) << heard.text();
    EXPECT_EQ(answer.as_object().size(), 4U) << heard.text();
    EXPECT_TRUE(answer.at("size") == "small" || answer.at("size") == "large") << heard.text();
    EXPECT_TRUE(answer.at("place").at("capital").is_bool()) << heard.text();
    EXPECT_GE(answer.at("years").as_array().size(), 1U) << heard.text();
}

TEST(LlamaTools, AFormThatNeverEndsEndsAsLength) {
    LlamaRig rig;
    auto request = ask("Nest it.");
    request.schema = {.name = "nest",
                      .schema = R"({"type":"object","properties":{"a":{"$ref":"#"}},"required":["a"],
        "additionalProperties":false})"};
    const auto heard = rig.tell(request);
    ASSERT_EQ(heard.outcome(), "end") << heard.error.value_or(Error{}).message;
    EXPECT_EQ(heard.end->reason, StopReason::Length);
    EXPECT_TRUE(heard.text().starts_with("{")) << heard.text();
}

struct BadSchema {
    std::string schema;
    std::string said;
    friend void PrintTo(const BadSchema& bad, std::ostream* out) { *out << bad.schema.substr(0, 80); }
};

class LlamaBadSchema : public ::testing::TestWithParam<BadSchema> {};

TEST_P(LlamaBadSchema, IsRefusedInOneSentence) {
    LlamaRig rig;
    auto request = ask("Hello");
    request.schema = {.name = "x", .schema = GetParam().schema};
    const auto heard = rig.tell(request);
    ASSERT_EQ(heard.outcome(), "invalid_argument") << heard.text();
    EXPECT_NE(heard.error->message.find(GetParam().said), std::string::npos) << heard.error->message;
}

INSTANTIATE_TEST_SUITE_P(
    All, LlamaBadSchema,
    ::testing::Values(
        BadSchema{"{", "is not a JSON object"}, BadSchema{"[]", "is not a JSON object"},
        BadSchema{R"({"type":"fish"})", "fish"}, BadSchema{R"({"not":{"type":"string"}})", "\"not\""},
        BadSchema{R"({"$ref":"#"})", "circle"},
        BadSchema{R"({"$ref":"https://example.com/a"})", "only references"},
        BadSchema{R"({"allOf":[{"$ref":"#/$defs/a"}],"$defs":{"a":{"$ref":"#/$defs/a"}}})", "circle"},
        BadSchema{R"({"$ref":"#/$defs/a"})", "not there"},
        BadSchema{R"({"anyOf":[{"$ref":"#"}]})", "never be fulfilled"},
        BadSchema{R"({"type":"string","minLength":1000000})", "\"minLength\""},
        BadSchema{R"({"type":"string","title":")" + std::string(70'000, 'x') + "\"}", "bytes long"},
        BadSchema{[] {
                      std::string deep;
                      for (int i = 0; i < 40; ++i) deep += R"({"items":)";
                      return deep + "{}" + std::string(40, '}');
                  }(),
                  "nested deeper"}));

TEST(LlamaTools, ANameThatIsNoneIsRefused) {
    LlamaRig rig;
    for (const std::string name : {"", "a b", "naïve", "<x>", "a\"b"}) {
        auto request = with_now(ask("Hello"));
        request.tools[0].name = name;
        const auto heard = rig.tell(request);
        ASSERT_EQ(heard.outcome(), "invalid_argument") << name;
        EXPECT_NE(heard.error->message.find("cannot be a tool's name"), std::string::npos);
    }
    auto twice = with_now(ask("Hello"));
    twice.tools.push_back(twice.tools[0]);
    EXPECT_EQ(rig.tell(twice).outcome(), "invalid_argument");
    auto missing = with_now(ask("Hello"));
    missing.tool_choice = ToolChoice::Required;
    missing.only_tool = "other";
    EXPECT_EQ(rig.tell(missing).outcome(), "invalid_argument");
}

}  // namespace
}  // namespace boternity::infra::llm
