#include "core/text/cut_text.hpp"

#include <gtest/gtest.h>

namespace boternity::core {
namespace {

TEST(CutText, KeepsCharactersWhole) {
    constexpr std::string_view text = "a\xC3\xA9\xF0\x9F\x8E\x89z";  // 1, 2, 4 and 1 bytes
    EXPECT_EQ(beginning_of(text, 8), text);
    EXPECT_EQ(beginning_of(text, 7), text.substr(0, 7));
    EXPECT_EQ(beginning_of(text, 6), text.substr(0, 3));
    EXPECT_EQ(beginning_of(text, 2), "a");
    EXPECT_EQ(beginning_of(text, 0), "");
    EXPECT_EQ(ending_of(text, 8), text);
    EXPECT_EQ(ending_of(text, 5), text.substr(3));
    EXPECT_EQ(ending_of(text, 4), "z");
    EXPECT_EQ(ending_of(text, 0), "");
}

}  // namespace
}  // namespace boternity::core
