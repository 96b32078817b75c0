#include "infra/net/ndjson_reader.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace boternity::infra {
namespace {

using namespace std::string_view_literals;
using Lines = std::vector<std::string>;

Lines data_of(const std::vector<SseEvent>& events) {
    Lines lines;
    for (const auto& event : events) {
        EXPECT_EQ(event.type, "message");
        EXPECT_TRUE(event.id.empty());
        lines.push_back(event.data);
    }
    return lines;
}

Lines read_whole(std::string_view text) {
    NdjsonReader reader;
    std::vector<SseEvent> events;
    EXPECT_TRUE(reader.feed(text, events));
    EXPECT_TRUE(reader.finish(events));
    return data_of(events);
}

TEST(NdjsonReader, EachLineIsAnEvent) {
    EXPECT_EQ(read_whole("{\"a\":1}\n{\"b\":\"x y\"}\n"), (Lines{"{\"a\":1}", "{\"b\":\"x y\"}"}));
    EXPECT_EQ(read_whole(""), Lines{});
}

TEST(NdjsonReader, ALineThatHasNotEndedWaits) {
    NdjsonReader reader;
    std::vector<SseEvent> events;
    ASSERT_TRUE(reader.feed("{\"a\"", events));
    EXPECT_TRUE(events.empty());
    ASSERT_TRUE(reader.feed(":1}\n{", events));
    EXPECT_EQ(data_of(events), Lines{"{\"a\":1}"});
}

TEST(NdjsonReader, TheLastLineNeedsNoNewline) {
    EXPECT_EQ(read_whole("{}\n{\"last\":true}"), (Lines{"{}", "{\"last\":true}"}));
    EXPECT_EQ(read_whole("{}\r"), Lines{"{}"});
}

TEST(NdjsonReader, BlankLinesAndSpaceAroundALineAreNothing) {
    EXPECT_EQ(read_whole("\n\r\n \t \n  {\"a\":1}\t\r\n\n{}\n\n"), (Lines{"{\"a\":1}", "{}"}));
    EXPECT_EQ(read_whole("{\"a\": \"b  c\"}\n"), Lines{"{\"a\": \"b  c\"}"}) << "space within stays";
}

TEST(NdjsonReader, OneMarkAtTheBeginningIsSteppedOver) {
    EXPECT_EQ(read_whole("\xef\xbb\xbf{}\n\xef\xbb\xbf{}\n"), (Lines{"{}", "\xef\xbb\xbf{}"}));
}

TEST(NdjsonReader, BytesOfAnyKindAreKept) {
    EXPECT_EQ(read_whole("\xff\xc3\n\x00z\n"sv), (Lines{"\xff\xc3", std::string("\x00z", 2)}));
}

TEST(NdjsonReader, EverySplitReadsTheSame) {
    constexpr auto text =
        "\xef\xbb\xbf{\"a\":\"Gr\xc3\xbc\xc3\x9f\x65 \xf0\x9f\xa7\x91\"}\r\n\r\n {\"b\":[1, 2]} \n\xff\n\n{\"c\":0}"sv;
    const Lines whole = read_whole(text);
    ASSERT_EQ(whole.size(), 4U);
    for (std::size_t first = 0; first <= text.size(); ++first) {
        for (std::size_t second = first; second <= text.size(); ++second) {
            NdjsonReader reader;
            std::vector<SseEvent> events;
            EXPECT_TRUE(reader.feed(text.substr(0, first), events));
            EXPECT_TRUE(reader.feed(text.substr(first, second - first), events));
            EXPECT_TRUE(reader.feed(text.substr(second), events));
            EXPECT_TRUE(reader.finish(events));
            ASSERT_EQ(data_of(events), whole) << "cut at " << first << " and " << second;
        }
    }
}

TEST(NdjsonReader, ALineMayBeAsLongAsTheLimitAndNoLonger) {
    const std::string fits(8, 'x');
    for (std::size_t cut = 0; cut <= fits.size(); ++cut) {
        NdjsonReader reader(8);
        std::vector<SseEvent> events;
        ASSERT_TRUE(reader.feed(fits.substr(0, cut), events));
        ASSERT_TRUE(reader.feed(fits.substr(cut) + "\n" + fits, events));
        ASSERT_TRUE(reader.finish(events));
        EXPECT_EQ(data_of(events), (Lines{fits, fits}));
    }
}

TEST(NdjsonReader, ATooLongLineIsTooLargeAndWhatCameBeforeIsKept) {
    for (std::size_t piece = 1; piece <= 16; ++piece) {
        NdjsonReader reader(8);
        std::vector<SseEvent> events;
        const std::string text = "{}\nxxxxxxxxx\n{}\n";
        Status fed;
        for (std::size_t at = 0; at < text.size() && fed; at += piece)
            fed = reader.feed(text.substr(at, piece), events);
        ASSERT_FALSE(fed) << "in pieces of " << piece;
        EXPECT_EQ(fed.error().code, ErrorCode::TooLarge);
        EXPECT_TRUE(fed.error().message.contains("8 bytes")) << fed.error().message;
        EXPECT_EQ(data_of(events), Lines{"{}"});
    }
}

TEST(NdjsonReader, ALineThatNeverEndsIsRefusedBeforeItIsKept) {
    NdjsonReader reader(16);
    std::vector<SseEvent> events;
    EXPECT_FALSE(reader.feed(std::string(1 << 20, 'x'), events));
    EXPECT_TRUE(events.empty());
}

}  // namespace
}  // namespace boternity::infra
