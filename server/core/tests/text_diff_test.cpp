#include "core/text/text_diff.hpp"

#include <gtest/gtest.h>

namespace boternity::core {
namespace {

std::string lines(int from, int to) {
    std::string text;
    for (int i = from; i <= to; ++i) text += "line " + std::to_string(i) + "\n";
    return text;
}

TEST(TextDiff, OfEqualTextsIsEmpty) {
    const auto diff = diff_texts("a\n", "a\n", "x", "y");
    EXPECT_EQ(diff.unified, "");
    EXPECT_EQ(diff.added_lines + diff.removed_lines, 0);
}

// The expected texts were printed by GNU diff 3.8 (`diff -u --label x --label y`).
TEST(TextDiff, IsWhatGnuDiffPrints) {
    EXPECT_EQ(diff_texts("a\nb\nc\n", "a\nB\nc\n", "x", "y").unified,
              "--- x\n+++ y\n@@ -1,3 +1,3 @@\n a\n-b\n+B\n c\n");
    EXPECT_EQ(diff_texts("", "a\n", "x", "y").unified, "--- x\n+++ y\n@@ -0,0 +1,1 @@\n+a\n");
    EXPECT_EQ(diff_texts("a\n", "", "x", "y").unified, "--- x\n+++ y\n@@ -1,1 +0,0 @@\n-a\n");
}

TEST(TextDiff, TellsAMissingLastNewline) {
    EXPECT_EQ(diff_texts("a\nb", "a\nb\n", "x", "y").unified,
              "--- x\n+++ y\n@@ -1,2 +1,2 @@\n a\n-b\n\\ No newline at end of file\n+b\n");
}

TEST(TextDiff, SeparatesDistantChangesAndJoinsNearOnes) {
    const auto before = lines(1, 30);
    auto after = before;
    after.replace(after.find("line 3\n"), 7, "line three\n");
    after.replace(after.find("line 28\n"), 8, "line twenty-eight\n");
    const auto diff = diff_texts(before, after, "x", "y");
    EXPECT_EQ(diff.added_lines, 2);
    EXPECT_EQ(diff.removed_lines, 2);
    EXPECT_NE(diff.unified.find("@@ -1,6 +1,6 @@\n"), std::string::npos) << diff.unified;
    EXPECT_NE(diff.unified.find("@@ -25,6 +25,6 @@\n"), std::string::npos) << diff.unified;

    auto near = before;
    near.replace(near.find("line 10\n"), 8, "ten\n");
    near.replace(near.find("line 16\n"), 8, "sixteen\n");
    const auto joined = diff_texts(before, near, "x", "y").unified;
    EXPECT_NE(joined.find("@@ -7,13 +7,13 @@\n"), std::string::npos) << joined;
}

TEST(TextDiff, OfTwoLargeDifferentTextsIsBoundedInTime) {
    const auto diff = diff_texts(lines(1, 20'000), lines(30'000, 50'000), "x", "y");
    EXPECT_EQ(diff.removed_lines, 20'000);
    EXPECT_EQ(diff.added_lines, 20'001);
}

}  // namespace
}  // namespace boternity::core
