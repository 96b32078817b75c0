#include "infra/schemas/schemas.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace boternity::infra {
namespace {

using ::testing::HasSubstr;

class Schemas : public ::testing::Test {
protected:
    std::shared_ptr<const core::Schema> schema(std::string_view text) {
        auto made = schemas_->compile(text);
        EXPECT_TRUE(made) << made.error().message;
        return made ? *made : nullptr;
    }
    std::string refused(std::string_view text) {
        const auto made = schemas_->compile(text);
        if (made) return "compiled";
        EXPECT_EQ(made.error().code, ErrorCode::InvalidArgument);
        EXPECT_TRUE(made.error().message.starts_with("This is no JSON Schema: ")) << made.error().message;
        return made.error().message;
    }
    /// The fault, or "ok".
    std::string judged(std::string_view schema_text, std::string_view text) {
        const auto value = schema(schema_text)->read(text);
        return value ? "ok" : value.error().message;
    }

    std::unique_ptr<core::Schemas> schemas_ = make_schemas();
    static constexpr std::string_view kRead =
        R"({"type":"object","properties":{"path":{"type":"string","minLength":1},)"
        R"("limit":{"type":"integer","minimum":1,"maximum":100},"mode":{"enum":["fast","slow"]},)"
        R"("tags":{"type":"array","items":{"type":"string"},"uniqueItems":true,"maxItems":3},)"
        R"("at":{"type":"object","properties":{"line":{"type":["integer","null"]}},"required":["line"]}},)"
        R"("required":["path"],"additionalProperties":false})";
};

TEST_F(Schemas, AValidTextIsAValue) {
    const auto value = schema(kRead)->read(R"({"path":"ä/b","limit":3,"tags":["x","y"],"at":{"line":null}})");
    ASSERT_TRUE(value) << value.error().message;
    EXPECT_EQ(value->text("path"), "ä/b");
    EXPECT_EQ(value->integer("limit"), 3);
    EXPECT_EQ(value->texts("tags"), (std::vector<std::string>{"x", "y"}));
    EXPECT_TRUE(value->find("at")->find("line")->is_null());
}

TEST_F(Schemas, NothingIsAnEmptyObject) {
    EXPECT_EQ(*schema(R"({"type":"object"})")->read(""), Value(Value::Object{}));
    EXPECT_EQ(*schema(R"({"type":"object"})")->read(" \n\t"), Value(Value::Object{}));
    EXPECT_EQ(judged(kRead, ""), "path: wanted, but is missing");
}

TEST_F(Schemas, FaultsAreToldInWords) {
    EXPECT_EQ(judged(kRead, R"({"path":"a","limit":"3"})"), "limit: must be an integer, is a string");
    EXPECT_EQ(judged(kRead, R"({"path":"a","limit":1.5})"),
              "limit: must be an integer, is a number with a fraction");
    EXPECT_EQ(judged(kRead, R"({"path":"a","limit":0})"), "limit: must be at least 1");
    EXPECT_EQ(judged(kRead, R"({"path":"a","limit":101})"), "limit: must be at most 100");
    EXPECT_EQ(judged(kRead, R"({"path":""})"), "path: must have at least 1 characters");
    EXPECT_EQ(judged(kRead, R"({"path":"a","mode":"x"})"), R"(mode: must be one of "fast", "slow", is "x")");
    EXPECT_EQ(judged(kRead, R"({"path":"a","tags":["x",5]})"), "tags[1]: must be a string, is an integer");
    EXPECT_EQ(judged(kRead, R"({"path":"a","tags":["x","x"]})"),
              "tags: holds something twice; keep each once");
    EXPECT_EQ(judged(kRead, R"({"path":"a","tags":["1","2","3","4"]})"),
              "tags: must have at most 3 elements");
    EXPECT_EQ(judged(kRead, R"({"path":"a","at":{}})"), "at.line: wanted, but is missing");
    EXPECT_EQ(judged(kRead, R"({"path":"a","at":{"line":true}})"),
              "at.line: must be an integer or null, is a boolean");
    EXPECT_EQ(judged(kRead, R"({"path":"a","pth":1})"),
              "pth: there is no such parameter; there are: path, limit, mode, tags, at");
    EXPECT_EQ(judged(kRead, "[]"), "must be an object, is an array");
}

TEST_F(Schemas, AtMostThreeFaultsAreTold) {
    EXPECT_EQ(judged(kRead, R"({"limit":"x","mode":1,"tags":{},"at":7})").find("; and more") !=
                  std::string::npos,
              true);
}

TEST_F(Schemas, OneOfSeveralForms) {
    constexpr auto kEither = R"({"properties":{"c":{"anyOf":[{"type":"integer"},{"type":"null"}]}}})";
    EXPECT_EQ(judged(kEither, R"({"c":"s"})"), "c: must be an integer or null, is a string");
    EXPECT_EQ(judged(kEither, R"({"c":null})"), "ok");
    EXPECT_THAT(judged(R"({"oneOf":[{"type":"object"},{"required":["a"]}]})", R"({"a":1})"),
                HasSubstr("more than one of the forms"));
    EXPECT_EQ(judged(R"({"not":{"required":["a"]}})", R"({"a":1})"), "has a form that is excluded");
    EXPECT_EQ(judged(R"({"properties":{"a":false}})", R"({"a":1})"), "a: has a form that is excluded");
    EXPECT_EQ(judged(R"({"const":3})", "4"), "must be 3, is 4");
}

TEST_F(Schemas, NoJsonIsToldWithItsPlace) {
    const std::string deep = std::string(65, '[') + std::string(65, ']');
    const std::vector<std::pair<std::string, std::string>> all{
        {R"({"a":1,"a":2})", "stands twice"},
        {R"({"a":1} x)", "behind its end"},
        {R"({"a":1}{})", "behind its end"},
        {R"({"a":)", "ends too early"},
        {"{\"a\":\"\xff\"}", "at byte 6"},
        {"{\"a\":\"\xc0\xaf\"}", "at byte"},
        {R"({"a":"\ud800"})", "at byte 12"},
        {"NaN", "not valid JSON"},
        {R"({"a":NaN})", "not valid JSON"},
        {R"({"a":Infinity})", "not valid JSON"},
        {R"({"a":1e999})", "too large"},
        {R"({"a":01})", "not valid JSON"},
        {R"({'a':1})", "not valid JSON"},
        {R"({"a":1,})", "not valid JSON"},
        {R"(// x)", "not valid JSON"},
        {"{\"a\":\"\n\"}", "not valid JSON"},
        {deep, "deeper than 64"},
        {"{\"" + std::string(1'001, 'x') + "\":1}", "more than 1,000 bytes"},
    };
    for (const auto& [text, why] : all) {
        const auto value = schema("{}")->read(text);
        ASSERT_FALSE(value) << text;
        EXPECT_EQ(value.error().code, ErrorCode::InvalidArgument);
        EXPECT_THAT(value.error().message, HasSubstr(why)) << text;
        EXPECT_THAT(value.error().message, HasSubstr("not valid JSON: ")) << text;
    }
    EXPECT_EQ(judged("{}", std::string(64, '[') + std::string(64, ']')), "ok");
}

TEST_F(Schemas, ATextBeyondTheBoundIsTooLarge) {
    const auto value = schema("{}")->read("\"" + std::string(1024 * 1024, 'x') + "\"");
    ASSERT_FALSE(value);
    EXPECT_EQ(value.error().code, ErrorCode::TooLarge);
    EXPECT_EQ(judged("{}", "\"" + std::string(1024 * 1024 - 2, 'x') + "\""), "ok");
}

TEST_F(Schemas, NumbersKeepTheirValue) {
    constexpr auto kNumber = R"({"properties":{"n":{"type":"number"}}})";
    const auto number = [&](std::string text) { return *schema(kNumber)->read(R"({"n":)" + text + "}"); };
    EXPECT_EQ(*number("9223372036854775807").find("n")->if_integer(), 9223372036854775807);
    EXPECT_EQ(*number("-9223372036854775808").find("n")->if_integer(), INT64_MIN);
    EXPECT_EQ(*number("9223372036854775808").find("n")->if_real(), 9223372036854775808.0);
    EXPECT_EQ(*number("123456789012345678901234567890").find("n")->if_real(),
              123456789012345678901234567890.0);
    EXPECT_EQ(*number("2.0").find("n")->if_integer(), 2);
    EXPECT_EQ(*number("2.5").find("n")->if_real(), 2.5);
    EXPECT_EQ(judged(R"({"properties":{"n":{"type":"integer"}}})", R"({"n":18446744073709551616})"),
              "n: must be an integer, is a number beyond 64 bits");
    EXPECT_EQ(judged(R"({"properties":{"n":{"type":"integer"}}})", R"({"n":3.0})"), "ok");
    EXPECT_EQ(judged(R"({"multipleOf":3})", "-9223372036854775808"), "must be a multiple of 3");
    EXPECT_EQ(judged(R"({"multipleOf":2})", "2.5"), "must be a multiple of 2");
    EXPECT_EQ(judged(R"({"multipleOf":2})", "1e300"), "ok");
    EXPECT_EQ(judged(R"({"multipleOf":2})", R"("3")"), "ok");
    EXPECT_EQ(judged(R"({"multipleOf":0.1})", "0.3"), "ok");
    EXPECT_EQ(judged(R"({"multipleOf":0.1})", "0.35"), "must be a multiple of 0.1");
}

TEST_F(Schemas, WhatIsNoSchemaIsRefused) {
    EXPECT_THAT(refused(""), HasSubstr("ends too early"));
    EXPECT_THAT(refused("[]"), HasSubstr("must be an object"));
    EXPECT_THAT(refused(R"({"type":"text"})"), HasSubstr("type must be"));
    EXPECT_THAT(refused(R"({"type":7})"), HasSubstr("type must be"));
    EXPECT_THAT(refused(R"({"properties":{"a":7}})"), HasSubstr("at #/properties/a: a schema must be"));
    EXPECT_THAT(refused(R"({"properties":7})"), HasSubstr("properties must be an object"));
    EXPECT_NE(refused(R"({"required":7})"), "compiled");
    EXPECT_NE(refused(R"({"minItems":-1})"), "compiled");
    EXPECT_NE(refused(R"({"minimum":"x"})"), "compiled");
    EXPECT_NE(refused(R"({"enum":7})"), "compiled");
    EXPECT_THAT(refused(R"({"multipleOf":0})"), HasSubstr("above 0"));
    EXPECT_THAT(refused(R"({"allOf":[]})"), HasSubstr("list of schemas"));
    EXPECT_THAT(refused(R"-({"pattern":"("})-"), HasSubstr("pattern"));
    EXPECT_THAT(refused(R"-({"pattern":"(?=a)"})-"), HasSubstr("RE2"));
    EXPECT_THAT(refused(R"({"pattern":")" + std::string(1001, 'a') + "\"}"), HasSubstr("1,000"));
    EXPECT_THAT(refused(R"({"title":")" + std::string(256 * 1024, 'a') + "\"}"), HasSubstr("256 KiB"));
    const std::string name(600, 'n');
    EXPECT_THAT(refused(R"({"properties":{")" + name + R"(":{"properties":{")" + name + R"(":{}}}}})"),
                HasSubstr("too deep, or its names are too long"));
}

TEST_F(Schemas, ReferencesStayInsideAndLeadOn) {
    EXPECT_THAT(refused(R"({"$ref":"http://example.org/s.json"})"), HasSubstr("another document"));
    EXPECT_THAT(refused(R"({"properties":{"a":{"$ref":"other.json#/a"}}})"), HasSubstr("another document"));
    EXPECT_THAT(refused(R"({"$ref":"file:///etc/passwd"})"), HasSubstr("another document"));
    EXPECT_THAT(refused(R"({"$ref":"#/definitions/none"})"), HasSubstr("leads to no schema"));
    EXPECT_THAT(refused(R"({"$ref":"#"})"), HasSubstr("refers to itself"));
    EXPECT_THAT(refused(R"({"allOf":[{"$ref":"#"}]})"), HasSubstr("refers to itself"));
    EXPECT_THAT(refused(R"({"definitions":{"a":{"$ref":"#/definitions/b"},"b":{"anyOf":[)"
                        R"({"$ref":"#/definitions/a"}]}},"$ref":"#/definitions/a"})"),
                HasSubstr("refers to itself"));
    constexpr auto kTree = R"({"definitions":{"n/o":{"type":"object","properties":{"v":{"type":"integer"},)"
                           R"("next":{"$ref":"#/definitions/n~1o"}},"required":["v"]}},)"
                           R"("properties":{"root":{"$ref":"#/definitions/n~1o"}}})";
    EXPECT_EQ(judged(kTree, R"({"root":{"v":1,"next":{"v":2}}})"), "ok");
    EXPECT_EQ(judged(kTree, R"({"root":{"v":1,"next":{"v":"x"}}})"),
              "root.next.v: must be an integer, is a string");
}

TEST_F(Schemas, APropertyMayHaveTheNameOfAKeyword) {
    constexpr auto kGrep = R"({"properties":{"pattern":{"type":"string"},"$ref":{"type":"integer"},)"
                           R"("uniqueItems":{"type":"boolean"}},"additionalProperties":false})";
    EXPECT_EQ(judged(kGrep, R"-({"pattern":"(","$ref":1,"uniqueItems":true})-"), "ok");
    EXPECT_EQ(judged(kGrep, R"({"pattern":1})"), "pattern: must be a string, is an integer");
}

TEST_F(Schemas, PatternsAreSearchedForInLinearTime) {
    EXPECT_EQ(judged(R"({"pattern":"^\\u00e4[0-9]+$"})", R"("ä12")"), "ok");
    EXPECT_EQ(judged(R"({"pattern":"^[0-9]+$"})", R"("12x")"), "has not the form that is wanted");
    // By a backtracking search the first of these would not end.
    EXPECT_EQ(judged(R"-({"pattern":"^(a+)+$"})-", "\"" + std::string(100'000, 'a') + "b\""),
              "has not the form that is wanted");
    EXPECT_EQ(judged(R"-({"pattern":"^(a|b)*$"})-", "\"" + std::string(1'000'000, 'a') + "\""), "ok");
}

TEST_F(Schemas, NoSchemaAndNoTextCostsMoreThanItsBudget) {
    std::string doubling = R"({"definitions":{"a0":{"type":"integer"})";
    for (int i = 1; i < 40; ++i) {
        const auto before = R"({"$ref":"#/definitions/a)" + std::to_string(i - 1) + "\"}";
        doubling += R"(,"a)" + std::to_string(i) + R"(":{"allOf":[)" + before + "," + before + "]}";
    }
    doubling += R"(},"properties":{"x":{"$ref":"#/definitions/a39"}}})";
    EXPECT_THAT(judged(doubling, R"({"x":1})"), HasSubstr("too much to check"));
    std::string below = "[0";
    for (int i = 0; i < 100'000; ++i) below += ",0";
    below += "]";
    for (int i = 0; i < 60; ++i) below = "{\"" + std::string(1'000, 'x') + "\":" + below + "}";
    EXPECT_THAT(judged(R"({"additionalProperties":{"$ref":"#"},"items":{"type":"integer"}})", below),
                HasSubstr("too much to check"));
    std::string list = "[0";
    for (int i = 1; i < 100'000; ++i) list += "," + std::to_string(i);
    EXPECT_EQ(judged(R"({"uniqueItems":true})", list + "]"), "ok");
    EXPECT_EQ(judged(R"({"items":{"type":"integer"}})", list + "]"), "ok");
    EXPECT_THAT(judged(R"({"items":{"type":"string"}})", list + "]"),
                HasSubstr("[0]: must be a string, is an integer; [1]"));
}

TEST_F(Schemas, UniqueKnowsEqualValues) {
    constexpr auto kUnique = R"({"uniqueItems":true})";
    EXPECT_EQ(judged(kUnique, R"([{"a":1,"b":[2]},{"b":[2],"a":1.0}])"),
              "holds something twice; keep each once");
    EXPECT_EQ(judged(kUnique, R"([1,"1",true,[1],{"a":1},null,1.5,{"a":2},""])"), "ok");
}

TEST_F(Schemas, WhatIsNotJudgedIsLetThrough) {
    EXPECT_EQ(judged(R"({"format":"date-time"})", R"("never")"), "ok");
    EXPECT_EQ(judged(R"({"patternProperties":{"^x":{"type":"integer"}},"additionalProperties":false})",
                     R"({"x1":"a"})"),
              "ok");
}

}  // namespace
}  // namespace boternity::infra
