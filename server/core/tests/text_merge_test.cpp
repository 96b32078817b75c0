#include "core/text/text_merge.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

namespace boternity::core {
namespace {

TextMerge merge(std::string_view base, std::string_view mine, std::string_view theirs) {
    return merge_texts(base, mine, theirs, "mine", "theirs");
}

TEST(TextMerge, TakesEachChangeInItsPlace) {
    EXPECT_EQ(merge("a\nb\nc\n", "A\nb\nc\n", "a\nb\nC\n").text, "A\nb\nC\n");
    EXPECT_EQ(merge("a\nb\nc\n", "b\nc\n", "a\nb\nc\nd\n").text, "b\nc\nd\n");
    EXPECT_EQ(merge("", "x\n", "").text, "x\n");
    EXPECT_EQ(merge("a\n", "a\n", "b\n").text, "b\n");
}

TEST(TextMerge, TheSameChangeOfBothIsOne) {
    const auto same = merge("a\nb\n", "a\nB\n", "a\nB\n");
    EXPECT_EQ(same.text, "a\nB\n");
    EXPECT_EQ(same.conflicts, 0);
}

TEST(TextMerge, KeepsBothWhereTheyTouch) {
    const auto both = merge("a\nb\nc\n", "a\nmy\nc\n", "a\ntheir\nc\n");
    EXPECT_EQ(both.text, "a\n<<<<<<< mine\nmy\n=======\ntheir\n>>>>>>> theirs\nc\n");
    EXPECT_EQ(both.conflicts, 1);
    const auto new_file = merge("", "one", "two");
    EXPECT_EQ(new_file.text, "<<<<<<< mine\none\n=======\ntwo\n>>>>>>> theirs\n");
}

/// Whatever both do, no line that either wrote is missing afterwards.
TEST(TextMerge, NeverLosesALine) {
    // The same texts in every run (Numerical Recipes, 7.1: a linear congruential generator).
    std::uint32_t state = 7;
    const auto pick = [&](unsigned below) {
        state = state * 1664525U + 1013904223U;
        return (state >> 16) % below;
    };
    for (int round = 0; round < 2000; ++round) {
        std::vector<std::string> base;
        for (unsigned i = 0; i < pick(8); ++i) base.push_back("base" + std::to_string(i) + "\n");
        int made = 0;
        const auto change = [&](const char* who, std::vector<std::string>& own) {
            std::string text;
            for (unsigned i = 0; i <= base.size(); ++i) {
                while (pick(4) == 0) {
                    own.push_back(who + std::to_string(made++) + "\n");
                    text += own.back();
                }
                if (i < base.size() && pick(4) != 0) text += base[i];
            }
            return text;
        };
        std::string whole;
        for (const auto& line : base) whole += line;
        std::vector<std::string> my_lines;
        std::vector<std::string> their_lines;
        const std::string mine = change("mine", my_lines);
        const std::string theirs = change("theirs", their_lines);
        const auto merged = merge(whole, mine, theirs);
        for (const auto* lines : {&my_lines, &their_lines})
            for (const auto& line : *lines)
                ASSERT_NE(merged.text.find(line), std::string::npos) << line << "of\n"
                                                                     << mine << "and\n"
                                                                     << theirs << "in\n"
                                                                     << merged.text;
        ASSERT_EQ(merge(whole, mine, whole).text, mine);
        ASSERT_EQ(merge(whole, whole, theirs).text, theirs);
    }
}

}  // namespace
}  // namespace boternity::core
