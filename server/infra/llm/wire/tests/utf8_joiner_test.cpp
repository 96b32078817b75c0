#include "infra/llm/wire/utf8_joiner.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace boternity::infra {
namespace {

std::string joined(const std::vector<std::string_view>& parts) {
    Utf8Joiner joiner;
    std::string out;
    for (const auto part : parts) out += joiner.push(part);
    return out + joiner.finish();
}

TEST(Utf8Joiner, GivesTheSameTextHoweverItIsCut) {
    const std::string_view text = "aü世🙂\u0301 \u07ff\u0800\uffff\U0010ffff";
    for (std::size_t first = 0; first <= text.size(); ++first) {
        for (std::size_t second = first; second <= text.size(); ++second) {
            EXPECT_EQ(
                joined({text.substr(0, first), text.substr(first, second - first), text.substr(second)}),
                text);
        }
    }
}

TEST(Utf8Joiner, ReplacesWhatIsNoCharacter) {
    const std::string mark = "\xef\xbf\xbd";
    EXPECT_EQ(joined({"a\xff"
                      "b"}),
              "a" + mark + "b");
    EXPECT_EQ(joined({"\xc0\x80"}), mark + mark);
    EXPECT_EQ(joined({"\xe0\x80\x80"}), mark + mark + mark) << "overlong";
    EXPECT_EQ(joined({"\xf4\x90\x80\x80"}), mark + mark + mark + mark) << "above U+10FFFF";
    EXPECT_EQ(joined({"\xe4\xb8", "x"}), mark + "x") << "broken off by the next character";
    EXPECT_EQ(joined({"\xe4\xb8"}), mark) << "broken off by the end";
}

TEST(Utf8Joiner, JoinsTheHalvesOfAPair) {
    EXPECT_EQ(joined({"\xed\xa0\xbd", "\xed\xb9\x82"}), "🙂");
    EXPECT_EQ(joined({"\xed\xa0\xbd\xed", "\xb9", "\x82!"}), "🙂!");
    EXPECT_EQ(joined({"\xed\xa0\xbd", "x"}), "\xef\xbf\xbdx");
    EXPECT_EQ(joined({"\xed\xb9\x82"}), "\xef\xbf\xbd");
    EXPECT_EQ(joined({"\xed\xa0\xbd"}), "\xef\xbf\xbd");
}

TEST(Utf8Prefix, EndsBetweenCharacters) {
    EXPECT_EQ(utf8_prefix("aüb", 2), "a");
    EXPECT_EQ(utf8_prefix("aüb", 3), "aü");
    EXPECT_EQ(utf8_prefix("aüb", 9), "aüb");
    EXPECT_EQ(utf8_prefix("🙂", 3), "");
}

}  // namespace
}  // namespace boternity::infra
