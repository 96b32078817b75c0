#include "api/http/header_guard.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace boternity::api {
namespace {

constexpr HeaderLimits kLimits{};

int status_of(std::string_view block) {
    const auto checked = check_header(block, kLimits);
    return checked ? 200 : checked.error().status;
}

std::string with(std::string_view line) {
    return "POST /api/v1/bots HTTP/1.1\r\nHost: localhost:1\r\n" + std::string(line) + "\r\n\r\n";
}

TEST(HeaderGuard, LetsOrdinaryRequestsPass) {
    const std::vector<std::string> blocks{
        "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET / HTTP/1.0\r\nHost: a\r\n\r\n",
        "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET http://a:1/x HTTP/1.1\r\nHost: A:1\r\n\r\n",
        "get /lower HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /%00?a=b;c HTTP/1.1\r\nhOsT:a\r\n\r\n",
        with("Content-Length: 0"),
        with("Content-Length:20"),
        with("Content-Length: 20 \t"),
        with("Transfer-Encoding: chunked"),
        with("transfer-encoding: Chunked"),
        with("X-Empty:"),
        with("X-High: \xc3\xa9"),
        with("X-Tab: a\tb"),
        with("Upgrade: websocket"),
        with("X-One: 1\r\nX-One: 2"),
    };
    for (const auto& block : blocks) EXPECT_EQ(status_of(block), 200) << block;
}

TEST(HeaderGuard, RefusesWhatTwoReadersCouldFrameDifferently) {
    const std::vector<std::string> lines{
        "Content-Length: 20\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: chunked\r\nContent-Length: 20",
        "Content-Length: 20\r\nContent-Length: 20",
        "Content-Length: 20\r\nContent-Length: 0",
        "Content-Length: 20, 20",
        "Content-Length: +20",
        "Content-Length: -20",
        "Content-Length: 0x14",
        "Content-Length: 2 0",
        "Content-Length: 20abc",
        "Content-Length: 20.0",
        "Content-Length:",
        "Content-Length: 1000000000000000000",
        "Content-Length: \xb2\xb0",
        "Transfer-Encoding: xchunked",
        "Transfer-Encoding: identity",
        "Transfer-Encoding: chunked, identity",
        "Transfer-Encoding: chunked, chunked",
        "Transfer-Encoding: gzip, chunked",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: \x0b"
        "chunked",
        "Transfer-Encoding: \"chunked\"",
        "Transfer-Encoding: chunked;q=1",
        "Transfer-Encoding: chunked,",
        "Transfer-Encoding:",
        "Transfer-Encoding : chunked",
        "Content-Length : 20",
        "Transfer-Encoding:\r\n chunked",
        "X-Fold: a\r\n\tContent-Length: 20",
        "X-Bare: a\nTransfer-Encoding: chunked",
        "X-Bare: a\rTransfer-Encoding: chunked",
        "X-Control: a\x01"
        "b",
        "X-Control: a\x7f"
        "b",
        ": empty",
        "no colon",
        "Content(Length: 20",
        "X-\xe9: 20",
        "X Y: 20",
        "Host: other",
        "Host: localhost:1",
        "Upgrade: h2c",
        "Upgrade: websocket, H2C",
        "HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA",
    };
    for (const auto& line : lines) EXPECT_EQ(status_of(with(line)), 400) << line;
    const std::string nul("X-Nul: a\0b", 10);
    EXPECT_EQ(status_of(with(nul)), 400);
}

TEST(HeaderGuard, RefusesMalformedStartLines) {
    const std::vector<std::pair<std::string, int>> starts{
        {"GET /", 400},
        {"GET / HTTP/0.9", 505},
        {"GET / HTTP/2.0", 505},
        {"GET / HTTP/3", 400},
        {"GET / http/1.1", 400},
        {"GET / HTTP/1.10", 400},
        {"GET / RTSP/1.0", 400},
        {"GET /a b HTTP/1.1", 400},
        {"GET  / HTTP/1.1", 400},
        {"GET\t/\tHTTP/1.1", 400},
        {" GET / HTTP/1.1", 400},
        {"G(T / HTTP/1.1", 400},
        {"GET /\xff HTTP/1.1", 400},
        {"GET /#fragment HTTP/1.1", 400},
        {"GET a/b HTTP/1.1", 400},
        {"GET * HTTP/1.1", 400},
        {"GET https://h/ HTTP/1.1", 400},
        {"GET http://other/ HTTP/1.1", 400},
        {"CONNECT h:443 HTTP/1.1", 400},
        {"PRI * HTTP/2.0", 505},
        {"PROXY / HTTP/1.1", 400},
        {"", 400},
        {"   ", 400},
    };
    for (const auto& [start, status] : starts) {
        EXPECT_EQ(status_of(start + "\r\nHost: h\r\n\r\n"), status) << start;
    }
}

TEST(HeaderGuard, NeedsOneHostAndNoChunksInHttp10) {
    EXPECT_EQ(status_of("GET / HTTP/1.1\r\n\r\n"), 400);
    EXPECT_EQ(status_of("GET / HTTP/1.1\r\nHost:\r\n\r\n"), 400);
    EXPECT_EQ(status_of("POST / HTTP/1.0\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"), 400);
}

TEST(HeaderGuard, HoldsItsLimits) {
    EXPECT_EQ(status_of(with("X: " + std::string(16 * 1024, 'x'))), 431);
    std::string many;
    for (int i = 0; i < 99; ++i) many += "X-" + std::to_string(i) + ": y\r\n";
    EXPECT_EQ(status_of(with(many + "X-99: y")), 431) << "Host is one of the hundred";
    many.resize(many.size() - 2);
    EXPECT_EQ(status_of(with(many)), 200);
    EXPECT_EQ(status_of("GET /" + std::string(8 * 1024, 'a') + " HTTP/1.1\r\nHost: h\r\n\r\n"), 414);
    EXPECT_EQ(status_of("GET /" + std::string(8 * 1024 - 1, 'a') + " HTTP/1.1\r\nHost: h\r\n\r\n"), 200);
}

TEST(HeaderGuard, KnowsWhatIsNoHttpBeforeItsEnd) {
    const auto start = [](std::string_view bytes) {
        const auto checked = check_header_start(bytes, kLimits);
        return checked ? 200 : checked.error().status;
    };
    for (const auto* fine :
         {"G", "GET", "GET /api", "GET / HTTP/1.1\r\nHos", "GET / HTTP/1.1\r\nHost: h\r\n\r"}) {
        EXPECT_EQ(start(fine), 200) << fine;
    }
    for (const auto* foreign : {"\x16\x03\x01", "PROXY TCP4", "SSH-2.0-OpenSSH\r\n", "EHLO evil.test\r\n",
                                "*1\r\n$4\r\n", "\x01\x02", "GET / HTTP/1.1\nHost: h\n", "\r\nQUIT\n"}) {
        EXPECT_EQ(start(foreign), 400) << foreign;
    }
    EXPECT_EQ(start(std::string(100, '\0')), 400);
    EXPECT_EQ(start("GET /" + std::string(9'000, 'a')), 414);
    EXPECT_EQ(start("GET / HTTP/1.1\r\nX: " + std::string(17'000, 'a')), 431);
}

TEST(HeaderGuard, EveryRefusalIsASentence) {
    for (const auto* block :
         {"x\r\n\r\n", "GET / HTTP/1.1\r\n\r\n", "GET / HTTP/2.0\r\n\r\n", "GET / HTTP/1.1\r\nA\r\n\r\n"}) {
        const auto checked = check_header(block, kLimits);
        ASSERT_FALSE(checked);
        EXPECT_TRUE(checked.error().why.ends_with('.')) << checked.error().why;
    }
}

}  // namespace
}  // namespace boternity::api
