#include "api/http/chunked_body.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace boternity::api {
namespace {

using State = ChunkedBody::State;

/// Feeds all of it in steps of `step` bytes; what is left behind the body goes to `rest`.
State feed(ChunkedBody& body, std::string_view bytes, std::size_t step, std::string* rest = nullptr) {
    State state = State::More;
    while (!bytes.empty() && state == State::More) {
        std::size_t taken = 0;
        state = body.feed(bytes.substr(0, step), taken);
        bytes.remove_prefix(taken);
    }
    if (rest) *rest = bytes;
    return state;
}

TEST(ChunkedBody, IsTheSameHoweverItIsCut) {
    const std::string bytes =
        "5;name=value\r\nhello\r\n0006\r\n world\r\n000;last\r\nTrailer: thrown away\r\n\r\nGET /";
    for (std::size_t step = 1; step <= bytes.size(); ++step) {
        ChunkedBody body(100);
        std::string rest;
        ASSERT_EQ(feed(body, bytes, step, &rest), State::Done) << step;
        EXPECT_EQ(body.body(), "hello world");
        EXPECT_EQ(rest, "GET /");
    }
}

TEST(ChunkedBody, RefusesWhatTwoReadersCouldEndDifferently) {
    const std::vector<std::string> malformed{"xyz\r\n",
                                             "-5\r\n",
                                             "0x5\r\n",
                                             " 5\r\n",
                                             "+5\r\n",
                                             "\r\n",
                                             "5 \r\n",
                                             "5\nhello",
                                             "5\rhello",
                                             "10000000000000005\r\n",
                                             "123456789\r\n",
                                             "5\r\nhelloX",
                                             "5\r\nhello\n",
                                             "5\r\nhello\rX",
                                             "5;a=b\nc\r\n",
                                             "0\r\nX: a\nY: b\r\n\r\n",
                                             "0\r\nnothing\r\n\r\n",
                                             "0\r\n: x\r\n\r\n",
                                             "0\r\nA b: x\r\n\r\n",
                                             "1;" + std::string(2'000, 'e') + "\r\n",
                                             std::string(2'000, '0') + "1\r\n",
                                             "0\r\n" + std::string(10'000, 'x'),
                                             std::string("5;a=\0\r\n", 8)};
    for (const auto& bytes : malformed) {
        ChunkedBody body(100);
        EXPECT_EQ(feed(body, bytes, bytes.size()), State::Malformed) << bytes;
    }
}

TEST(ChunkedBody, StopsAtItsLimitBeforeTheBytesCome) {
    ChunkedBody body(10);
    EXPECT_EQ(feed(body, "6\r\nhello!\r\n5\r\n", 3), State::TooLarge);
    EXPECT_EQ(body.body(), "hello!");
    ChunkedBody exact(6);
    EXPECT_EQ(feed(exact, "6\r\nhello!\r\n0\r\n\r\n", 4), State::Done);
}

}  // namespace
}  // namespace boternity::api
