#include "cli/json_fields.hpp"
#include "cli/safe_text.hpp"

#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace boternity::cli {
namespace {

struct Case {
    std::string given;
    std::string line;
    std::string text;
};

TEST(SafeText, NothingCanActOnATerminalOrPretendToBeAnotherLine) {
    const std::vector<Case> cases{
        {"Ada", "Ada", "Ada"},
        {"x\n{\"level\":\"error\"}\x1b]0;pwn", "x\\n{\"level\":\"error\"}\\x1b]0;pwn",
         "x\n{\"level\":\"error\"}\\x1b]0;pwn"},
        {"\x1b[31mred\x1b[0m", "\\x1b[31mred\\x1b[0m", "\\x1b[31mred\\x1b[0m"},
        {"a\tb", "a\\tb", "a\tb"},
        {"a\r\nb\rc", "a\\r\\nb\\rc", "a\nb\\rc"},
        {std::string("nul\0l", 5), "nul\\x00l", "nul\\x00l"},
        {"del\x7f", "del\\x7f", "del\\x7f"},
        // C1: 0x9B alone is a CSI for some terminals, as UTF-8 for others.
        {"csi\xc2\x9b"
         "2J",
         "csi\\u{009b}2J", "csi\\u{009b}2J"},
        {"csi\x9b"
         "2J",
         "csi\xEF\xBF\xBD"
         "2J",
         "csi\xEF\xBF\xBD"
         "2J"},
        {"\xff\xfe", "\xEF\xBF\xBD\xEF\xBF\xBD", "\xEF\xBF\xBD\xEF\xBF\xBD"},
        {"cut \xe2\x82", "cut \xEF\xBF\xBD\xEF\xBF\xBD", "cut \xEF\xBF\xBD\xEF\xBF\xBD"},
        {"overlong \xc0\xaf", "overlong \xEF\xBF\xBD\xEF\xBF\xBD", "overlong \xEF\xBF\xBD\xEF\xBF\xBD"},
        {"surrogate \xed\xa0\x80", "surrogate \xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD",
         "surrogate \xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"},
        // Direction overrides and what shows nothing, in names only.
        {"user\u202Etxt.exe", "user\\u{202e}txt.exe", "user\u202Etxt.exe"},
        {"ad\u200Bmin", "ad\\u{200b}min", "ad\u200Bmin"},
        {"tag\U000E0041", "tag\\u{e0041}", "tag\U000E0041"},
        {"ad\u200Dmin", "ad\\u{200d}min", "ad\u200Dmin"},
        {"👩\u200D🚀", "👩\u200D🚀", "👩\u200D🚀"},
        {"می\u200Cخواهم", "می\u200Cخواهم", "می\u200Cخواهم"},
        {"Grüße, 世界 🌍", "Grüße, 世界 🌍", "Grüße, 世界 🌍"},
        {"", "", ""},
    };
    for (const auto& each : cases) {
        EXPECT_EQ(safe_line(each.given), each.line);
        EXPECT_EQ(safe_text(each.given), each.text);
    }
}

TEST(SafeText, EveryControlCharacterIsShownNotSent) {
    for (unsigned point = 0; point < 0xA0; ++point) {
        if (point >= 0x20 && point < 0x7F) continue;
        const std::string given = point < 0x80 ? std::string(1, static_cast<char>(point))
                                               : std::string("\xC2") + static_cast<char>(point);
        for (const char c : safe_line(given)) EXPECT_TRUE(c >= 0x20 && c < 0x7F) << point;
    }
}

TEST(SafeText, WidthCountsColumnsNotBytes) {
    EXPECT_EQ(display_width("abc"), 3);
    EXPECT_EQ(display_width("Grüße"), 5);
    EXPECT_EQ(display_width("世界"), 4);
    EXPECT_EQ(display_width("e\u0301"), 1);
    EXPECT_EQ(display_width("🌍"), 2);
    EXPECT_EQ(display_width(""), 0);
}

TEST(SafeText, CuttingBreaksNoCharacter) {
    EXPECT_EQ(cut_to_width("hello", 5), "hello");
    EXPECT_EQ(cut_to_width("hello", 4), "hel…");
    EXPECT_EQ(cut_to_width("世界世界", 5), "世界…");
    EXPECT_EQ(cut_to_width("世界世界", 4), "世…");
    EXPECT_EQ(cut_to_width("e\u0301e\u0301e\u0301", 2), "e\u0301…");
    EXPECT_EQ(cut_to_width("hello", 1), "…");
    EXPECT_EQ(cut_to_width("hello", 0), "");
}

TEST(SafeText, JsonOnATerminalCannotActEither) {
    const boost::json::value value{{"name", "a\x1b[2J\u009b2J\u202Eb\x7f\u2028\u2066"}};
    const std::string line = json_line(value);
    EXPECT_EQ(line, R"({"name":"a\u001b[2J\u009b2J\u202eb\u007f\u2028\u2066"})");
    EXPECT_EQ(boost::json::parse(line), value);
    const boost::json::value harmless{{"name", "Grüße € 世界 …"}};
    EXPECT_EQ(json_line(harmless), R"({"name":"Grüße € 世界 …"})");
}

}  // namespace
}  // namespace boternity::cli
