#include "infra/llm/llama_cpp/reply_text.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace boternity::infra::llm {
namespace {

struct Told {
    std::vector<std::string> parts{};
    bool stopped = false;
    std::string all() const {
        std::string joined;
        for (const auto& part : parts) joined += part;
        return joined;
    }
};

/// Feeds the bytes `step` at a time.
Told tell(std::string_view bytes, std::size_t step, std::vector<std::string> stops = {}) {
    ReplyText text(std::move(stops));
    Told told;
    for (std::size_t at = 0; at < bytes.size() && !told.stopped; at += step) {
        auto part = text.add(bytes.substr(at, step));
        told.stopped = part.stopped;
        if (!part.text.empty()) told.parts.push_back(std::move(part.text));
    }
    if (!told.stopped) told.parts.push_back(text.finish());
    return told;
}

constexpr std::string_view kScripts = "Gr\u00fc\u00dfe, \u4e16\u754c \U0001F9D1\u200D\U0001F680!";

TEST(ReplyText, EmitsOnlyWholeCharactersWhereverTheBytesAreCut) {
    for (std::size_t step = 1; step <= kScripts.size(); ++step) {
        const auto told = tell(kScripts, step);
        EXPECT_EQ(told.all(), kScripts) << step;
        for (const auto& part : told.parts) {
            if (part.empty()) continue;
            EXPECT_NE(static_cast<unsigned char>(part[0]) & 0xc0, 0x80)
                << "begins inside a character: " << step;
        }
    }
}

TEST(ReplyText, ReplacesBytesThatCannotBeText) {
    EXPECT_EQ(tell("a\xff\xfe"
                   "b",
                   1)
                  .all(),
              "a\uFFFD\uFFFDb");
    EXPECT_EQ(tell("\xe4\xb8"
                   "x",
                   1)
                  .all(),
              "\uFFFDx")
        << "a character that is not finished";
    EXPECT_EQ(tell("\xed\xa0\x80", 3).all(), "\uFFFD\uFFFD\uFFFD") << "a surrogate";
    EXPECT_EQ(tell("\xf5\x80", 1).all(), "\uFFFD\uFFFD") << "beyond Unicode";
}

TEST(ReplyText, LeavesOutACharacterThatIsCutByTheEnd) {
    EXPECT_EQ(tell("ab\xf0\x9f\xa7", 2).all(), "ab");
}

TEST(ReplyText, StopsBeforeAStopStringHoweverItIsCut) {
    for (std::size_t step = 1; step <= 12; ++step) {
        const auto told = tell("one two STOP three", step, {"STOP"});
        EXPECT_EQ(told.all(), "one two ") << step;
        EXPECT_TRUE(told.stopped) << step;
    }
}

TEST(ReplyText, TakesTheStopStringThatComesFirst) {
    EXPECT_EQ(tell("abcdef", 6, {"ef", "cd"}).all(), "ab");
    EXPECT_EQ(tell("aab", 1, {"ab"}).all(), "a") << "a false start before it";
}

TEST(ReplyText, GivesBackWhatOnlyLookedLikeAStopString) {
    const auto told = tell("a STO b ST", 1, {"STOP"});
    EXPECT_EQ(told.all(), "a STO b ST");
    EXPECT_FALSE(told.stopped);
}

TEST(ReplyText, StopStringsMayBeOfAnyScript) {
    for (std::size_t step = 1; step <= 4; ++step) {
        EXPECT_EQ(tell(kScripts, step, {"\u754c"}).all(), "Gr\u00fc\u00dfe, \u4e16");
    }
}

TEST(ReplyText, EmptyStopStringsMeanNothing) {
    EXPECT_EQ(tell("abc", 1, {"", ""}).all(), "abc");
}

}  // namespace
}  // namespace boternity::infra::llm
