#include "core/bots/text_rules.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace boternity::core {
namespace {

TEST(Slug, IsMadeFromLettersAndDigits) {
    EXPECT_EQ(slug_from("Ada"), "ada");
    EXPECT_EQ(slug_from("  Ada  Lovelace 2! "), "ada-lovelace-2");
    EXPECT_EQ(slug_from("---"), "");
    EXPECT_EQ(slug_from("Бот"), "");
    EXPECT_EQ(slug_from(std::string(200, 'x')).size(), 63U);
    EXPECT_TRUE(is_slug(slug_from(std::string(62, 'x') + "-y")));
}

TEST(Slug, IsRecognised) {
    for (const auto* good : {"a", "ada", "ada-2", "0"}) EXPECT_TRUE(is_slug(good)) << good;
    for (const auto* bad : {"", "-a", "a-", "Ada", "a b", "a/b", "ä", "a:b"})
        EXPECT_FALSE(is_slug(bad)) << bad;
}

TEST(Line, RefusesControlCharacters) {
    for (const auto& bad : std::vector<std::string>{"a\nb", "a\x1b[31m", "a\x7f", "a\xc2\x9b", {"a\0b", 3}}) {
        const auto status = check_line(bad, "name", 1, 100);
        ASSERT_FALSE(status);
        EXPECT_EQ(status.error().field, "name");
    }
    EXPECT_TRUE(check_line("Zoë 🌱 «x»", "name", 1, 100));
}

TEST(Line, CountsCharactersNotBytes) {
    EXPECT_EQ(character_count("Zoë🌱"), 4U);
    EXPECT_TRUE(check_line("🌱🌱🌱", "name", 1, 3));
    EXPECT_FALSE(check_line("🌱🌱🌱🌱", "name", 1, 3));
    EXPECT_FALSE(check_line("", "name", 1, 3));
}

TEST(Text, IsBoundedInBytes) {
    EXPECT_TRUE(check_text("a\nb\tc\r\n", "soul", 10));
    EXPECT_EQ(check_text(std::string(11, 'x'), "soul", 10).error().code, ErrorCode::TooLarge);
    EXPECT_EQ(check_text("a\x1b", "soul", 10).error().code, ErrorCode::InvalidArgument);
}

TEST(Utf8, IsTold) {
    for (const std::string_view good : {"", "a", "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\xa6\x80"})
        EXPECT_TRUE(is_valid_utf8(good));
    for (const std::string_view bad :
         {"\x80", "\xc0\xaf", "\xc3", "\xe2\x82", "\xed\xa0\x80", "\xe0\x80\x80", "\xf4\x90\x80\x80", "\xff"})
        EXPECT_FALSE(is_valid_utf8(bad));
}

}  // namespace
}  // namespace boternity::core
