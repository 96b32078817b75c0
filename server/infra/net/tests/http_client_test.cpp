#include "infra/net/http_client.hpp"
#include "testing/run_task.hpp"
#include "testing/upstream/fake_upstream.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/beast/zlib/deflate_stream.hpp>
#include <gtest/gtest.h>

#include <cstdlib>
#include <future>
#include <stop_token>

namespace boternity::infra {
namespace {

namespace asio = boost::asio;
using std::chrono::milliseconds;
using testing::FakeUpstream;
using testing::LlmHold;
using testing::UpstreamAnswer;

/// All of one exchange.
struct Got {
    int status = 0;
    std::string body{};
    std::optional<Error> error{};
    std::vector<std::pair<std::string, std::string>> headers{};

    std::string outcome() const { return error ? std::string(code_name(error->code)) : "ok"; }
};

core::Task<Got> fetch(HttpClient* client, HttpRequest request, core::CallContext context) {
    Got got;
    auto exchange = co_await client->start(std::move(request), std::move(context));
    if (!exchange) {
        got.error = std::move(exchange).error();
        co_return got;
    }
    got.status = (*exchange)->head().status;
    got.headers = (*exchange)->head().headers;
    while (true) {
        auto chunk = co_await (*exchange)->read();
        if (!chunk) {
            got.error = std::move(chunk).error();
            co_return got;
        }
        if (chunk->empty()) co_return got;
        got.body += *chunk;
    }
}

core::Task<std::unique_ptr<HttpExchange>> open(HttpClient* client, HttpRequest request) {
    core::CallContext context;
    auto exchange = co_await client->start(std::move(request), std::move(context));
    if (!exchange) co_return nullptr;
    co_return std::move(*exchange);
}

core::Task<std::string> read_some(HttpExchange* exchange) {
    auto chunk = co_await exchange->read();
    co_return chunk ? *chunk : std::string(code_name(chunk.error().code));
}

std::string with_length(std::string_view body, std::string_view headers = {}) {
    return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
           std::string(headers) + "\r\n" + std::string(body);
}

/// Everything on one thread, as the command line uses it.
class CurlHttpClient : public ::testing::Test {
protected:
    HttpRequest get(std::string path = "/") { return {.url = upstream_.origin() + std::move(path)}; }

    Got tell(HttpRequest request, core::CallContext context = {}) {
        return testing::run_task(io_, fetch(client_.get(), std::move(request), std::move(context)));
    }

    FakeUpstream upstream_{{.checks = false}};
    asio::io_context io_;
    std::unique_ptr<HttpClient> client_ = make_curl_http_client(io_.get_executor());
};

TEST_F(CurlHttpClient, SendsARequestAndReadsTheAnswer) {
    upstream_.answer(UpstreamAnswer::error(201, "made", {{"X-Thing", " a "}, {"x-empty", ""}}));
    HttpRequest request = get("/things?a=b");
    request.method = "PATCH";
    request.headers = {{"X-Mine", "1"}, {"X-Nothing", ""}};
    request.body = std::string("{\0}", 3);
    const Got got = tell(std::move(request));
    ASSERT_EQ(got.outcome(), "ok") << got.error->message << got.error->detail;
    EXPECT_EQ(got.status, 201);
    EXPECT_EQ(got.body, "made");
    const HttpHead head{.status = 201, .headers = got.headers};
    EXPECT_EQ(head.header("X-THING"), "a");
    EXPECT_EQ(head.header("x-empty"), "");
    const auto seen = upstream_.requests().front();
    EXPECT_EQ(seen.method, "PATCH");
    EXPECT_EQ(seen.target, "/things?a=b");
    EXPECT_EQ(seen.body, std::string("{\0}", 3));
    EXPECT_EQ(seen.header("x-mine"), "1");
    EXPECT_EQ(seen.header("user-agent"), "boternity");
    EXPECT_EQ(seen.header("expect"), "");
}

TEST_F(CurlHttpClient, ReadsALargeBodyWhole) {
    std::string body(20'000'000, 'x');
    for (std::size_t i = 0; i < body.size(); i += 997) body[i] = static_cast<char>('a' + i % 26);
    upstream_.answer(UpstreamAnswer::written(with_length(body)));
    const Got got = tell(get());
    EXPECT_EQ(got.outcome(), "ok");
    EXPECT_EQ(got.body, body);
}

TEST_F(CurlHttpClient, WhatNobodyReadsIsNotReceived) {
    const std::string body(64 * 1024 * 1024, 'x');
    UpstreamAnswer big = UpstreamAnswer::written(with_length(body));
    big.write_bytes = 64 * 1024;
    upstream_.answer(big);
    auto slow = testing::run_task(io_, open(client_.get(), get()));
    ASSERT_NE(slow, nullptr);
    // While as much again goes through the same client, nobody reads the first.
    upstream_.answer(big);
    const Got other = tell(get());
    EXPECT_EQ(other.body.size(), body.size());
    EXPECT_LT(upstream_.bytes_written(), body.size() + 24 * 1024 * 1024) << "only what sockets hold";
    std::size_t rest = 0;
    while (rest < body.size()) {
        const std::string chunk = testing::run_task(io_, read_some(slow.get()));
        ASSERT_FALSE(chunk.empty());
        ASSERT_LE(chunk.size(), 256U * 1024);
        rest += chunk.size();
    }
    EXPECT_EQ(rest, body.size()) << "and it goes on where it stood";
    EXPECT_EQ(testing::run_task(io_, read_some(slow.get())), "");
}

TEST_F(CurlHttpClient, LettingGoInMidBodyEndsTheExchange) {
    UpstreamAnswer big = UpstreamAnswer::written(with_length(std::string(64 * 1024 * 1024, 'x')));
    big.write_bytes = 64 * 1024;
    upstream_.answer(big);
    auto exchange = testing::run_task(io_, open(client_.get(), get()));
    ASSERT_NE(exchange, nullptr);
    EXPECT_FALSE(testing::run_task(io_, read_some(exchange.get())).empty());
    exchange.reset();
    io_.restart();
    io_.run();  // ends: nothing is left to do
    EXPECT_TRUE(upstream_.wait_given_up());
    upstream_.answer(UpstreamAnswer::error(200, "next"));
    EXPECT_EQ(tell(get()).body, "next");
}

TEST_F(CurlHttpClient, UsesAConnectionAgain) {
    for (int i = 0; i < 5; ++i) {
        upstream_.answer(UpstreamAnswer::says("hello"));
        EXPECT_EQ(tell(get()).outcome(), "ok");
    }
    EXPECT_EQ(upstream_.connections(), 1);
}

TEST_F(CurlHttpClient, AnEndThatIsNearIsWaitedForAndNotLonger) {
    const std::string stream = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nend\r\n";
    for (const bool ends : {true, false}) {
        UpstreamAnswer answer = UpstreamAnswer::written(stream);
        if (ends) answer = UpstreamAnswer::says("end");
        if (!ends) answer.hold = LlmHold::InMidStream;
        upstream_.answer(answer);
        auto exchange = testing::run_task(io_, open(client_.get(), get()));
        ASSERT_NE(exchange, nullptr);
        EXPECT_FALSE(testing::run_task(io_, read_some(exchange.get())).empty());
        exchange->expect_end();
        exchange.reset();
        io_.restart();
        io_.run();
        if (!ends) EXPECT_TRUE(upstream_.wait_given_up());
    }
    EXPECT_EQ(upstream_.connections(), 1) << "the second request went over the first's connection";
}

TEST_F(CurlHttpClient, DoesNotFollowRedirects) {
    upstream_.answer(UpstreamAnswer::error(302, "", {{"Location", upstream_.origin() + "/elsewhere"}}));
    EXPECT_EQ(tell(get()).status, 302);
    EXPECT_EQ(upstream_.requests().size(), 1U);
}

TEST_F(CurlHttpClient, UnpacksGzip) {
    UpstreamAnswer answer = UpstreamAnswer::says("hello");
    answer.gzip = true;
    upstream_.answer(answer);
    const Got got = tell(get());
    EXPECT_EQ(got.outcome(), "ok");
    EXPECT_TRUE(got.body.starts_with("data: {")) << got.body.substr(0, 20);
    EXPECT_TRUE(upstream_.requests().front().header("accept-encoding").contains("gzip"));
}

TEST_F(CurlHttpClient, ABodyOverTheLimitIsTooLargeAlsoWhenPacked) {
    HttpRequest request = get();
    request.max_body_bytes = 1000;
    upstream_.answer(UpstreamAnswer::written(with_length(std::string(1000, 'x'))));
    EXPECT_EQ(tell(request).outcome(), "ok");
    upstream_.answer(UpstreamAnswer::written(with_length(std::string(1001, 'x'))));
    EXPECT_EQ(tell(request).outcome(), "too_large");

    const std::string zeros(50'000'000, '\0');
    std::string packed(1'000'000, '\0');
    boost::beast::zlib::deflate_stream deflate;
    boost::beast::zlib::z_params params;
    params.next_in = zeros.data();
    params.avail_in = zeros.size();
    params.next_out = packed.data();
    params.avail_out = packed.size();
    boost::system::error_code error;
    deflate.write(params, boost::beast::zlib::Flush::finish, error);
    packed.resize(params.total_out);
    ASSERT_LT(packed.size(), 100'000U);
    request.max_body_bytes = 5'000'000;
    upstream_.answer(UpstreamAnswer::written(with_length(packed, "Content-Encoding: deflate\r\n")));
    const Got got = tell(request);
    EXPECT_EQ(got.outcome(), "too_large");
    EXPECT_LE(got.body.size(), request.max_body_bytes);
}

TEST_F(CurlHttpClient, HeadersAreBounded) {
    std::string head = "HTTP/1.1 200 OK\r\n";
    for (int i = 0; i < 2000; ++i)
        head += "X-Header-" + std::to_string(i) + ": " + std::string(40, 'v') + "\r\n";
    upstream_.answer(UpstreamAnswer::written(head + "\r\n"));
    EXPECT_EQ(tell(get()).outcome(), "too_large");
}

TEST_F(CurlHttpClient, SkipsInterimAnswersAndTrailers) {
    upstream_.answer(
        UpstreamAnswer::written("HTTP/1.1 103 Early\r\nX-Early: 1\r\n\r\nHTTP/1.1 200 OK\r\nX-Late: 2\r\n"
                                "Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX-Trailer: 3\r\n\r\n"));
    const Got got = tell(get());
    EXPECT_EQ(got.body, "ok");
    const HttpHead head{.status = got.status, .headers = got.headers};
    EXPECT_EQ(head.status, 200);
    EXPECT_EQ(head.header("x-early"), "");
    EXPECT_EQ(head.header("x-late"), "2");
    EXPECT_EQ(head.header("x-trailer"), "");
}

TEST_F(CurlHttpClient, ABrokenAnswerIsAFailureOfTheServer) {
    for (const char* raw : {"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf",
                            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n",
                            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
                            "SSH-2.0-OpenSSH_9.2\r\n", "", "HTTP/1.1 200 OK\r\nX-Half: "}) {
        upstream_.answer(UpstreamAnswer::written(raw));
        const Got got = tell(get());
        EXPECT_EQ(got.outcome(), "upstream_failed") << raw;
        if (got.error) EXPECT_FALSE(got.error->message.empty());
    }
}

TEST_F(CurlHttpClient, NobodyThereIsAFailureOfTheServer) {
    std::string origin;
    {
        const FakeUpstream gone;
        origin = gone.origin();
    }
    const Got got = tell({.url = origin});
    EXPECT_EQ(got.outcome(), "upstream_failed");
    EXPECT_TRUE(got.error->message.contains("Nothing answers at 127.0.0.1:")) << got.error->message;
}

TEST_F(CurlHttpClient, SilenceEndsTheExchangeInTime) {
    HttpRequest request = get();
    request.timeouts = {
        .connect = milliseconds(20), .first_byte = milliseconds(60), .idle = milliseconds(60)};
    for (const LlmHold hold : {LlmHold::BeforeHeaders, LlmHold::InMidStream}) {
        UpstreamAnswer answer = UpstreamAnswer::says("one two three");
        answer.hold = hold;
        upstream_.answer(answer);
        const Got got = tell(request);
        EXPECT_EQ(got.outcome(), "upstream_failed");
        EXPECT_TRUE(upstream_.wait_given_up());
    }
}

TEST_F(CurlHttpClient, TheCallersDeadlineAndStopEndTheExchange) {
    for (const LlmHold hold : {LlmHold::BeforeHeaders, LlmHold::InMidStream}) {
        UpstreamAnswer answer = UpstreamAnswer::says("one two three");
        answer.hold = hold;
        upstream_.answer(answer);
        const asio::steady_timer soon(io_, milliseconds(80));
        EXPECT_EQ(tell(get(), {.deadline = {soon.expiry()}}).outcome(), "deadline_exceeded");
        EXPECT_TRUE(upstream_.wait_given_up());

        upstream_.answer(answer);
        std::stop_source stop;
        const auto stopper = std::async(std::launch::async, [&] {
            EXPECT_TRUE(upstream_.wait_held());
            EXPECT_TRUE(upstream_.wait_held());
            stop.request_stop();
        });
        EXPECT_EQ(tell(get(), {.stop = stop.get_token()}).outcome(), "cancelled");
        EXPECT_TRUE(upstream_.wait_given_up());
    }
}

TEST_F(CurlHttpClient, RefusesWhatIsNoHttpRequest) {
    for (const std::string& url :
         {std::string("file:///etc/passwd"), std::string("ftp://127.0.0.1/"),
          std::string("gopher://127.0.0.1/"), std::string("http://"), std::string("127.0.0.1"), std::string(),
          std::string("http://a b/"), std::string("http://user:hunter2@127.0.0.1/"),
          std::string("http://127.0.0.1/\r\nX: 1"), std::string("http://127.0.0.1:99999/"),
          std::string("data:,x"), std::string("unix:/run/x")}) {
        const Got got = tell({.url = url});
        EXPECT_EQ(got.outcome(), "invalid_argument") << url;
        if (got.error) EXPECT_FALSE(got.error->message.contains("hunter2"));
    }
    for (HttpRequest request :
         {HttpRequest{.method = "GET\r\nX: 1"}, HttpRequest{.method = ""},
          HttpRequest{.headers = {{"X", "1\r\nY: 2"}}}, HttpRequest{.headers = {{"X\n", "1"}}},
          HttpRequest{.headers = {{"", "1"}}}}) {
        request.url = upstream_.origin();
        EXPECT_EQ(tell(request).outcome(), "invalid_argument");
    }
    EXPECT_EQ(upstream_.connections(), 0);
}

TEST_F(CurlHttpClient, ThisMachineIsReachedWithoutAProxy) {
    ASSERT_EQ(::setenv("http_proxy", "http://127.0.0.1:1", 1), 0);
    upstream_.answer(UpstreamAnswer::error(200, "direct"));
    EXPECT_EQ(tell(get()).body, "direct");
    ::unsetenv("http_proxy");
}

TEST_F(CurlHttpClient, ItsDestructionEndsWhatIsUnderWayAndLeavesNoWork) {
    UpstreamAnswer answer = UpstreamAnswer::says("one two three");
    answer.hold = LlmHold::BeforeHeaders;
    upstream_.answer(answer);
    std::optional<Got> got;
    asio::co_spawn(io_, fetch(client_.get(), get(), {}),
                   [&](std::exception_ptr, Got value) { got = std::move(value); });
    const auto destroyer = std::async(std::launch::async, [&] {
        EXPECT_TRUE(upstream_.wait_held());
        asio::post(io_, [&] { client_.reset(); });
    });
    io_.restart();
    auto held_open = asio::make_work_guard(io_);
    testing::run_until(io_, [&] { return got.has_value(); });
    held_open.reset();
    io_.run();
    ASSERT_TRUE(got);
    EXPECT_EQ(got->outcome(), "cancelled");
    EXPECT_TRUE(upstream_.wait_given_up());
}

TEST_F(CurlHttpClient, ManyExchangesRunSideBySide) {
    constexpr int many = 200;
    UpstreamAnswer answer = UpstreamAnswer::says("one two three");
    upstream_.otherwise(answer);
    int ok = 0;
    int ended = 0;
    for (int i = 0; i < many; ++i) {
        asio::co_spawn(io_, fetch(client_.get(), get(), {}), [&](std::exception_ptr, const Got& got) {
            ++ended;
            if (got.outcome() == "ok" && got.body.ends_with("data: [DONE]\n\n")) ++ok;
        });
    }
    testing::run_until(io_, [&] { return ended == many; });
    EXPECT_EQ(ok, many);
}

}  // namespace
}  // namespace boternity::infra
