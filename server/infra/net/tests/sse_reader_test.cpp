#include "infra/net/sse_reader.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace boternity::infra {
namespace {

using namespace std::string_view_literals;
using Events = std::vector<SseEvent>;

Events read_whole(std::string_view text) {
    Events events;
    SseReader reader;
    EXPECT_TRUE(reader.feed(text, events));
    return events;
}

SseEvent said(std::string data, std::string type = "message", std::string id = {}) {
    return {.type = std::move(type), .data = std::move(data), .id = std::move(id)};
}

TEST(SseReader, ReadsTheFieldsOfAnEvent) {
    EXPECT_EQ(read_whole("event: ping\ndata: one\ndata:two\nid: 7\n\ndata\n\ndata:  x\n\n"),
              (Events{said("one\ntwo", "ping", "7"), said(" x", "message", "7")}));
}

TEST(SseReader, EveryLineEndIsALineEnd) {
    EXPECT_EQ(read_whole("data: a\r\ndata: b\r\n\r\ndata: c\r\rdata: d\n\n"),
              (Events{said("a\nb"), said("c"), said("d")}));
}

TEST(SseReader, IgnoresCommentsUnknownFieldsAndOneMark) {
    EXPECT_EQ(read_whole("\xef\xbb\xbf"
                         "data: a\n: keep-alive\ncolour: red\n\n\xef\xbb\xbf"
                         "data: b\n\n"),
              Events{said("a")});
}

TEST(SseReader, ThrowsAnUnfinishedEventAway) {
    Events events;
    SseReader reader;
    ASSERT_TRUE(reader.feed("data: a\n\ndata: b\n", events));
    EXPECT_EQ(events, Events{said("a")});
    EXPECT_TRUE(reader.unfinished());
}

TEST(SseReader, ABlankLineForgetsTheNameOfAnEmptyEvent) {
    EXPECT_EQ(read_whole("event: lost\n\ndata: a\n\n"), Events{said("a")});
}

TEST(SseReader, KeepsTheLastIdAndTheRetryTime) {
    Events events;
    SseReader reader;
    ASSERT_TRUE(reader.feed("id: 1\nretry: 250\n\nid: a\0b\nretry: 9x\n\n"sv, events));
    EXPECT_TRUE(events.empty());
    EXPECT_EQ(reader.last_id(), "1");
    EXPECT_EQ(reader.retry(), std::chrono::milliseconds(250));
    ASSERT_TRUE(reader.feed("id\n\n", events));
    EXPECT_EQ(reader.last_id(), "");
}

TEST(SseReader, EverySplitGivesTheSameEvents) {
    const std::string_view text =
        "\xef\xbb\xbf"
        "id: 1\r\nevent: delta\r\ndata: Gr\xc3\xbc\xc3\x9f"
        "e\r\ndata:\r\n\r\n"
        ": note\r\rdata: {\"a\":\"\xf0\x9f\x98\x80\"}\n\nretry: 10\nevent: end\ndata: [DONE]\r\n\r\n";
    const Events expected = read_whole(text);
    ASSERT_EQ(expected.size(), 3U);
    EXPECT_EQ(expected.front(), said("Gr\xc3\xbc\xc3\x9f"
                                     "e\n",
                                     "delta", "1"));
    for (std::size_t first = 0; first <= text.size(); ++first) {
        for (std::size_t second = first; second <= text.size(); ++second) {
            Events events;
            SseReader reader;
            ASSERT_TRUE(reader.feed(text.substr(0, first), events));
            ASSERT_TRUE(reader.feed(text.substr(first, second - first), events));
            ASSERT_TRUE(reader.feed(text.substr(second), events));
            ASSERT_EQ(events, expected) << "cut at " << first << " and " << second;
            ASSERT_FALSE(reader.unfinished());
        }
    }
}

TEST(SseReader, RefusesAnEventThatIsTooLarge) {
    Events events;
    SseReader one_line(100);
    const auto refused = one_line.feed("data: ok\n\ndata: " + std::string(200, 'x'), events);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::TooLarge);
    EXPECT_EQ(events, Events{said("ok")});

    events.clear();
    SseReader many_lines(100);
    Status status;
    int lines = 0;
    while (status && lines < 1000) {
        status = many_lines.feed("data: 12345678\n", events);
        ++lines;
    }
    ASSERT_FALSE(status);
    EXPECT_LT(lines, 13);
}

}  // namespace
}  // namespace boternity::infra
