#include "api/http/json_to_message.hpp"
#include "api/http/message_to_json.hpp"
#include "api/http/strict_json.hpp"
#include "boternity/v1/bots.pb.h"
#include "boternity/v1/providers.pb.h"
#include "boternity/v1/runs.pb.h"
#include "boternity/v1/system.pb.h"

#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/util/json_util.h>
#include <google/protobuf/util/message_differencer.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace boternity::api {
namespace {

template <class Message>
Status read(std::string_view text, Message& message) {
    auto value = parse_strict_json(text);
    if (!value) return fail(std::move(value).error());
    return json_to_message(value->as_object(), message);
}

TEST(StrictJson, RefusesWhatHasMoreThanOneMeaning) {
    const std::vector<std::string> refused{"",
                                           " ",
                                           "{",
                                           "{} {}",
                                           "{\"a\":1,}",
                                           "{'a':1}",
                                           "{a:1}",
                                           "NaN",
                                           "{\"a\":01}",
                                           "{\"a\":+1}",
                                           "{\"a\":.5}",
                                           "{\"a\":1,\"a\":2}",
                                           "{\"a\":1,\"\\u0061\":2}",
                                           "{\"x\":{\"a\":1,\"a\":1}}",
                                           "\"\\ud800\"",
                                           "\"\\udc00\"",
                                           "\"\\ud800x\"",
                                           "\"\\ud83d\\u0041\"",
                                           "\"\xff\"",
                                           "\"\xc0\xaf\"",
                                           "\"\xed\xa0\x80\"",
                                           "\"a\nb\"",
                                           "1e400",
                                           "-1e400",
                                           "\xef\xbb\xbf{}",
                                           "/* c */ {}"};
    for (const auto& text : refused) {
        const auto value = parse_strict_json(text);
        ASSERT_FALSE(value) << text;
        EXPECT_EQ(value.error().code, ErrorCode::InvalidArgument);
    }
}

TEST(StrictJson, IsLimitedTo64Levels) {
    const auto nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
    EXPECT_TRUE(parse_strict_json(nested(64)));
    for (const std::size_t depth : {65u, 66u, 100'000u}) {
        const auto value = parse_strict_json(nested(depth));
        ASSERT_FALSE(value) << depth;
        EXPECT_NE(value.error().message.find("64"), std::string::npos);
    }
}

TEST(StrictJson, KeepsWhatIsFine) {
    const auto value = parse_strict_json(
        "{\"a\": [1, -2, 1.5, true, null, \"\\ud83c\\udf89 \xc3\xbc\"], \"b\": {\"a\": 1}}");
    ASSERT_TRUE(value);
    EXPECT_EQ(value->at("a").at(5).as_string(), "\xf0\x9f\x8e\x89 \xc3\xbc");
    EXPECT_EQ(value->at("b").at("a").as_int64(), 1);
}

TEST(JsonToMessage, ReadsWhatProtobufReads) {
    v1::CreateBotRequest ours;
    v1::CreateBotRequest theirs;
    const std::string text = R"({"name": "a", "settings": {"temperature": 0.5, "max_output_tokens": 1e3},
                                 "idempotencyKey": "k", "soul": null})";
    ASSERT_TRUE(read(text, ours));
    ASSERT_TRUE(google::protobuf::util::JsonStringToMessage(text, &theirs).ok());
    EXPECT_TRUE(google::protobuf::util::MessageDifferencer::Equals(ours, theirs));
    v1::Run run;
    ASSERT_TRUE(read(R"({"state": "running", "created_at": "2026-01-01T00:00:00.5Z"})", run));
    EXPECT_EQ(run.state(), v1::Run::running);
    EXPECT_EQ(run.created_at().nanos(), 500'000'000);
}

TEST(JsonToMessage, NamesThePlaceAndWhatWasExpected) {
    struct Case {
        std::string text;
        std::string field;
        std::string says;
    };
    const std::vector<Case> cases{
        {R"({"name": 5})", "name", "name: expected a string, got a number."},
        {R"({"name": ["x"]})", "name", "got a list"},
        {R"({"settings": "x"})", "settings", "expected an object, got a string"},
        {R"({"settings": {"temperature": "warm"}})", "settings.temperature",
         "expected a number, got a string"},
        {R"({"settings": {"max_output_tokens": 1.5}})", "settings.max_output_tokens", "a whole number from"},
        {R"({"settings": {"max_output_tokens": 2147483648}})", "settings.max_output_tokens", "2147483647"},
        {R"({"settings": {"max_output_tokens": 1e300}})", "settings.max_output_tokens", "a whole number"},
        {R"({"settings": {"max_output_tokens": "5"}})", "settings.max_output_tokens", "got a string"},
        {R"({"nmae": "x"})", "nmae", "did you mean name?"},
        {R"({"settings": {"temprature": 1}})", "settings.temprature", "did you mean temperature?"},
        {R"({"state": "running"})", "state", "there is no such field."},
        {R"({"idempotency_key": "a", "idempotencyKey": "b"})", "idempotencyKey", "twice"},
    };
    for (const auto& [text, field, says] : cases) {
        v1::CreateBotRequest request;
        const auto status = read(text, request);
        ASSERT_FALSE(status) << text;
        EXPECT_EQ(status.error().field, field) << text;
        EXPECT_NE(status.error().message.find(says), std::string::npos) << status.error().message;
    }
    v1::CreateProviderRequest provider;
    const auto status = read(R"({"models": ["a", 5]})", provider);
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().field, "models[1]");
    v1::Run run;
    EXPECT_NE(read(R"({"state": "runing"})", run).error().message.find("queued, running"), std::string::npos);
    EXPECT_NE(read(R"({"created_at": "yesterday"})", run).error().message.find("2026-"), std::string::npos);
}

TEST(TextToField, SetsWhatAUrlCanSay) {
    v1::ListRunsRequest runs;
    EXPECT_TRUE(text_to_field("page_size", "5", runs));
    EXPECT_TRUE(text_to_field("state", "failed", runs));
    EXPECT_EQ(runs.page_size(), 5);
    EXPECT_EQ(runs.state(), v1::Run::failed);
    v1::CreateProviderRequest provider;
    EXPECT_TRUE(text_to_field("models", "a", provider));
    EXPECT_TRUE(text_to_field("models", "b", provider));
    EXPECT_EQ(provider.models_size(), 2);
    v1::CreateBotRequest bot;
    EXPECT_TRUE(text_to_field("settings.temperature", "0.5", bot));
    EXPECT_EQ(bot.settings().temperature(), 0.5);
    for (const auto* wrong : {"", "x", "-1", "1.5", "4294967296", " 1"}) {
        v1::StreamRunEventsRequest events;
        const auto status = text_to_field("after", wrong, events);
        ASSERT_FALSE(status) << wrong;
        EXPECT_EQ(status.error().field, "after");
    }
    EXPECT_FALSE(text_to_field("settings", "x", bot));
    EXPECT_FALSE(text_to_field("settings.nothing", "x", bot));
    EXPECT_FALSE(text_to_field("name.x", "x", bot));
    EXPECT_TRUE(has_field(*bot.GetDescriptor(), "settings.temperature"));
    EXPECT_FALSE(has_field(*bot.GetDescriptor(), "name.x"));
}

/// What the contract's messages look like with every kind of value in them, by protobuf's own writer.
TEST(MessageToJson, WritesWhatProtobufWrites) {
    google::protobuf::util::JsonPrintOptions options;
    options.preserve_proto_field_names = true;
    options.always_print_primitive_fields = true;
    const auto expect_same = [&](const google::protobuf::Message& message) {
        std::string theirs;
        ASSERT_TRUE(google::protobuf::util::MessageToJsonString(message, &theirs, options).ok());
        const auto ours = message_to_json(message);
        EXPECT_EQ(*parse_strict_json(ours), *parse_strict_json(theirs)) << ours << "\n" << theirs;
        EXPECT_EQ(ours.find('\n'), std::string::npos);
    };
    v1::Bot bot;
    expect_same(bot);
    bot.set_name("quote \" slash \\ line\n tab\t bell\x07 \xf0\x9f\x8e\x89 \x7f");
    bot.set_state(v1::Bot::running);
    bot.mutable_settings()->set_temperature(0.1);
    bot.mutable_created_at()->set_seconds(1'767'225'600);
    bot.mutable_created_at()->set_nanos(123'456'000);
    expect_same(bot);
    v1::ListBotsResponse list;
    *list.add_bots() = bot;
    *list.add_bots() = v1::Bot{};
    expect_same(list);
    v1::System system;
    system.set_uptime_seconds(1e21);
    system.add_problems("one");
    expect_same(system);
    v1::RunEvent event;
    event.set_seq(4'000'000'000u);
    event.mutable_delta()->set_text("");
    expect_same(event);
    google::protobuf::UninterpretedOption numbers;  // bytes, 64-bit numbers and doubles
    numbers.set_string_value(std::string("\0\xff", 2));
    numbers.set_positive_int_value(18'446'744'073'709'551'615u);
    numbers.set_negative_int_value(-5);
    numbers.set_double_value(0.1);
    EXPECT_EQ(
        message_to_json(numbers),
        R"({"name":[],"positive_int_value":"18446744073709551615","negative_int_value":"-5","double_value":0.1,)"
        R"("string_value":"AP8="})");
}

}  // namespace
}  // namespace boternity::api
