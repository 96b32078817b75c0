#include "infra/tools/tests/served_tools.hpp"

#include <gmock/gmock.h>
#include <zlib.h>

#include <stop_token>
#include <thread>

namespace boternity::infra {
namespace {

using ::testing::AllOf;
using ::testing::Each;
using ::testing::HasSubstr;
using testing::LlmHold;
using ::testing::Not;
using ::testing::StartsWith;
using testing::UpstreamAnswer;

std::string gzipped(const std::string& text) {
    z_stream stream{};
    EXPECT_EQ(deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 9, Z_DEFAULT_STRATEGY), Z_OK);
    std::string out(deflateBound(&stream, text.size()) + 64, '\0');
    std::string in = text;
    stream.next_in = reinterpret_cast<Bytef*>(in.data());
    stream.avail_in = static_cast<uInt>(in.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
    out.resize(stream.total_out);
    deflateEnd(&stream);
    return out;
}

class HttpGetTool : public ServedTool {
protected:
    std::shared_ptr<core::Tool> tool(std::chrono::milliseconds limit = std::chrono::seconds(20)) {
        return make_http_get(
            {.http = http_, .clock = clock_, .work = work_, .version = "9.9", .limit = limit});
    }
    std::string get(std::string url, core::CallContext context = {}) {
        return call(*tool(), {{"url", std::move(url)}}, std::move(context));
    }
    std::string page(std::string path = "/") { return get(upstream_.origin() + std::move(path)); }
    UpstreamAnswer to(std::string location, int status = 302) {
        return answers(status, "", {{"Location", std::move(location)}});
    }
};

TEST_F(HttpGetTool, ReadsAPage) {
    upstream_.answer(answers(200, "<title>T</title><p>Hello <a href=/x>you</a></p>",
                             {{"Content-Type", "text/html; charset=utf-8"}, {"Set-Cookie", "a=b"}}));
    EXPECT_EQ(page("/a?b=c"), "Status: 200\nURL: " + upstream_.origin() +
                                  "/a?b=c\nType: text/html\n\nTitle: T\n\nHello you (" + upstream_.origin() +
                                  "/x)");
    const auto seen = upstream_.requests().front();
    EXPECT_EQ(seen.method, "GET");
    EXPECT_EQ(seen.header("user-agent"), "Boternity/9.9");
    EXPECT_EQ(seen.header("cookie"), "");
    EXPECT_EQ(seen.header("authorization"), "");
    EXPECT_TRUE(tool()->card().read_only);
    EXPECT_TRUE(tool()->card().named_only);
}

TEST_F(HttpGetTool, OtherTextsAreAsTheyAre) {
    upstream_.answer(answers(200, R"({"a": 1})", {{"Content-Type", "application/json"}}));
    EXPECT_THAT(page(), HasSubstr("Type: application/json\n\n{\"a\": 1}"));
    upstream_.answer(answers(200, "gr\xfc\xdf", {{"Content-Type", "text/plain; charset=iso-8859-1"}}));
    EXPECT_THAT(page(), HasSubstr("gr\xc3\xbc\xc3\x9f"));
    upstream_.answer(answers(404, "none", {{"Content-Type", "text/plain"}}));
    EXPECT_THAT(page(), AllOf(StartsWith("Status: 404 (there is no such page)\n"), HasSubstr("none")));
    upstream_.answer(answers(204, "", {}));
    EXPECT_THAT(page(), HasSubstr("(no text)"));
}

TEST_F(HttpGetTool, WhatIsNoTextIsNotRead) {
    upstream_.answer(answers(200, "\x89PNG", {{"Content-Type", "image/png"}}));
    EXPECT_THAT(page("/i"),
                AllOf(StartsWith("ERROR: "), HasSubstr("/i is of the type image/png; only text")));
}

TEST_F(HttpGetTool, FollowsRedirectsFiveTimes) {
    upstream_.answer(to("/b"));
    upstream_.answer(to("c?d", 301));
    upstream_.answer(answers(200, "there", {{"Content-Type", "text/plain"}}));
    EXPECT_EQ(page("/a"), "Status: 200\nURL: " + upstream_.origin() + "/c?d\nType: text/plain\n\nthere");
    EXPECT_EQ(http_.asked.size(), 3u);
    EXPECT_THAT(http_.asked, Each(Egress::Public)) << "each through the guard anew";

    upstream_.otherwise(to("/again"));
    EXPECT_EQ(page("/loop"), "ERROR: The address redirects more than 5 times; it was given up.");
    EXPECT_EQ(http_.asked.size(), 3u + 6u);
}

TEST_F(HttpGetTool, ARedirectLeadsToNoPrivatePlace) {
    const testing::FakeUpstream secret{{.checks = false}};
    upstream_.answer(to(secret.origin() + "/admin"));
    EXPECT_THAT(page(), AllOf(StartsWith("ERROR: "), HasSubstr("is no public address")));
    EXPECT_EQ(secret.connections(), 0);
    upstream_.answer(to("http://[::1]:1/"));
    EXPECT_THAT(page(), HasSubstr("is no public address"));
    upstream_.answer(to("file:///etc/passwd"));
    EXPECT_THAT(page(), HasSubstr("redirects to something that is no web address; it was not followed."));
    upstream_.answer(to("http://user:secret@example.org/"));
    EXPECT_THAT(page(), AllOf(HasSubstr("with a user name or a password"), Not(HasSubstr("secret"))));
}

TEST_F(HttpGetTool, PrivateAndWrongAddressesAreRefused) {
    const testing::FakeUpstream secret{{.checks = false}};
    EXPECT_THAT(get(secret.origin() + "/"), HasSubstr("is no public address"));
    EXPECT_EQ(secret.connections(), 0);
    for (const char* wrong :
         {"http://169.254.169.254/latest", "http://10.0.0.1/", "http://[::ffff:127.0.0.1]/"})
        EXPECT_THAT(get(wrong), AllOf(StartsWith("ERROR: "), HasSubstr("is no public address"))) << wrong;
    for (const char* wrong : {"", "example.org", "ftp://example.org/", "file:///etc/passwd", "http://",
                              "http:///x", "gopher://example.org/"})
        EXPECT_THAT(get(wrong), StartsWith("ERROR: ")) << wrong;
    EXPECT_EQ(get("https://user:secret@example.org/"),
              "ERROR: The address must hold no user name and no password.");
    EXPECT_EQ(get("https://example.org/" + std::string(8'000, 'x')), "ERROR: The address is too long.");
}

TEST_F(HttpGetTool, LargeBodiesAreCut) {
    upstream_.answer(answers(200, std::string(50'000'000, 'x'), {{"Content-Type", "text/plain"}}));
    const std::string big = page();
    EXPECT_THAT(big.substr(0, 200), HasSubstr("\nCut: yes, only the first 1 MiB was read\n"));
    EXPECT_LT(big.size(), 1'100'000u);
    EXPECT_LT(upstream_.bytes_written(), 40'000'000u) << "the rest is not received";
}

TEST_F(HttpGetTool, ABombStaysSmall) {
    upstream_.answer(answers(200, gzipped(std::string(200'000'000, '0')),
                             {{"Content-Type", "text/plain"}, {"Content-Encoding", "gzip"}}));
    const std::string bomb = page();
    EXPECT_THAT(bomb.substr(0, 200), HasSubstr("\nCut: yes"));
    EXPECT_LT(bomb.size(), 1'100'000u);
}

TEST_F(HttpGetTool, AServerThatNeverAnswersIsLeft) {
    UpstreamAnswer silent;
    silent.hold = LlmHold::BeforeHeaders;
    upstream_.answer(silent);
    EXPECT_EQ(call(*tool(std::chrono::milliseconds(200)), {{"url", upstream_.origin() + "/"}}),
              "ERROR: The page was not there within 0.2 seconds; try another address.");
    EXPECT_TRUE(upstream_.wait_given_up());
}

TEST_F(HttpGetTool, IsCancelledAtOnce) {
    UpstreamAnswer silent;
    silent.hold = LlmHold::BeforeHeaders;
    upstream_.answer(silent);
    std::stop_source source;
    const std::jthread stopping([&] {
        upstream_.wait_held();
        source.request_stop();
    });
    EXPECT_THAT(get(upstream_.origin() + "/", {.stop = source.get_token()}), StartsWith("ERROR: "));
    EXPECT_TRUE(upstream_.wait_given_up());
}

TEST_F(HttpGetTool, ABrokenAnswerIsTold) {
    upstream_.answer(
        UpstreamAnswer::written("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 9\r\n\r\nx"));
    EXPECT_THAT(page(), StartsWith("ERROR: "));
    upstream_.answer(UpstreamAnswer::written("nonsense\r\n\r\n"));
    EXPECT_THAT(page(), StartsWith("ERROR: "));
}

}  // namespace
}  // namespace boternity::infra
