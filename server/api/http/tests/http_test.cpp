#include "api/tests/served_gateway.hpp"

#include <boost/json.hpp>
#include <gtest/gtest.h>
#include <zlib.h>

#include <string>
#include <vector>

namespace boternity::api {
namespace {

using testing::RawClient;
using testing::ServedGateway;

class Http : public ::testing::Test {
protected:
    ServedGateway server_;
    RawClient client_{server_.port()};

    std::string request(std::string_view start, std::string_view fields = {},
                        std::string_view body = {}) const {
        std::string out = std::string(start) + " HTTP/1.1\r\n" + server_.usual_fields() + std::string(fields);
        if (!body.empty()) {
            out += "Content-Length: " + std::to_string(body.size()) + "\r\n";
            if (fields.find("Content-Type") == std::string_view::npos)
                out += "Content-Type: application/json\r\n";
        }
        return out + "\r\n" + std::string(body);
    }

    RawClient::Answer ask(std::string_view start, std::string_view fields = {}, std::string_view body = {}) {
        RawClient fresh(server_.port());
        auto answer = fresh.ask(request(start, fields, body));
        EXPECT_TRUE(answer) << start;
        return answer.value_or(RawClient::Answer{});
    }

    void expect_problem(const RawClient::Answer& answer, int status, std::string_view code,
                        std::string_view field = {}) {
        EXPECT_EQ(answer.status, status) << answer.body;
        EXPECT_EQ(answer.field("content-type"), "application/problem+json");
        const auto problem = boost::json::parse(answer.body).as_object();
        EXPECT_EQ(problem.at("status").as_int64(), status);
        EXPECT_EQ(std::string_view(problem.at("code").as_string()), code);
        EXPECT_TRUE(std::string_view(problem.at("detail").as_string()).ends_with('.')) << answer.body;
        EXPECT_EQ(std::string_view(problem.at("type").as_string()),
                  "urn:boternity:error:" + std::string(code));
        EXPECT_EQ(std::string_view(problem.at("request_id").as_string()), answer.field("x-request-id"));
        if (!field.empty()) EXPECT_EQ(std::string_view(problem.at("field").as_string()), field);
    }
};

TEST_F(Http, AnswersAUnaryCallAsJsonWithItsEtag) {
    const auto answer = ask("GET /api/v1/bots/ada");
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.field("content-type"), "application/json");
    EXPECT_EQ(answer.field("etag"), "\"7\"");
    EXPECT_EQ(answer.field("cache-control"), "no-store");
    EXPECT_EQ(answer.field("x-content-type-options"), "nosniff");
    EXPECT_EQ(answer.field("referrer-policy"), "no-referrer");
    EXPECT_TRUE(answer.field("date").ends_with(" GMT"));
    const auto bot = boost::json::parse(answer.body).as_object();
    EXPECT_EQ(bot.at("name"), "ada");
    EXPECT_EQ(bot.at("created_at"), "2026-01-01T00:00:00Z");
    EXPECT_EQ(bot.at("soul_version"), 0);
    EXPECT_FALSE(bot.contains("settings"));
}

TEST_F(Http, KeepsAConnectionAndAnswersPipelinedRequestsInOrder) {
    std::string all;
    for (int i = 0; i < 20; ++i) all += request("GET /api/v1/bots/b" + std::to_string(i));
    client_.send(all);
    for (int i = 0; i < 20; ++i) {
        const auto answer = client_.answer();
        ASSERT_TRUE(answer);
        EXPECT_EQ(boost::json::parse(answer->body).at("name").as_string(), "b" + std::to_string(i));
    }
    const auto last = client_.ask(request("GET /api/v1/bots/x", "Connection: close\r\n"));
    ASSERT_TRUE(last);
    EXPECT_EQ(last->field("connection"), "close");
    EXPECT_TRUE(client_.closed());
}

TEST_F(Http, TakesARequestCutAtEveryByte) {
    const auto bytes =
        request("POST /api/v1/bots", "Transfer-Encoding: chunked\r\nContent-Type: application/json\r\n") +
        "5\r\n{\"nam\r\n8\r\ne\":\"ada\"\r\n1\r\n}\r\n0\r\n\r\n";
    for (const char byte : bytes) client_.send({&byte, 1});
    const auto answer = client_.answer();
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, 200);
    ASSERT_EQ(server_.seen().created.size(), 1u);
    EXPECT_EQ(server_.seen().created.front().name(), "ada");
}

TEST_F(Http, HeadHasTheLengthOfGetAndNoBody) {
    const auto get = ask("GET /api/v1/bots/ada");
    client_.send(request("HEAD /api/v1/bots/ada") + request("GET /healthz"));
    const auto head = client_.answer(RawClient::Body::Absent);
    ASSERT_TRUE(head);
    EXPECT_EQ(head->field("content-length"), get.field("content-length"));
    EXPECT_EQ(client_.answer()->body, "{\"status\":\"ok\"}");
}

TEST_F(Http, NeverAnswersWhatStandsBehindARefusedRequest) {
    client_.send("GET /healthz HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: "
                 "chunked\r\n\r\n" +
                 request("GET /api/v1/bots/ada"));
    const auto answer = client_.answer();
    ASSERT_TRUE(answer);
    expect_problem(*answer, 400, "invalid_argument");
    EXPECT_EQ(answer->field("connection"), "close");
    EXPECT_FALSE(client_.answer());
    EXPECT_TRUE(server_.seen().contexts.empty());
}

TEST_F(Http, ReadsRoutesAsTheyAreWritten) {
    EXPECT_EQ(boost::json::parse(ask("GET /api/v1/bots/a%20b%2Bc+d").body).at("name"), "a b+c+d");
    for (const auto* path :
         {"/", "/api", "/api/v1/bots/", "/api/v1//bots", "/api/v1/bots/a/b", "/API/v1/bots", "/..",
          "/api/v1/bots/ada:nothing", "/api/v1/bots/%2e/x", "/api/v1/bots/a%2Fb", "/api/v1/bots/%zz",
          "/api/v1/bots/%00", "/api/v1/bots/%ff"}) {
        expect_problem(ask(std::string("GET ") + path), 404, "not_found");
    }
    const auto wrong = ask("DELETE /api/v1/bots/ada");
    expect_problem(wrong, 405, "method_not_allowed");
    EXPECT_EQ(wrong.field("allow").find("GET"), 0u) << wrong.field("allow");
    EXPECT_NE(wrong.field("allow").find("PATCH"), std::string::npos);
    EXPECT_EQ(ask("POST /healthz").status, 405);
    EXPECT_EQ(ask("OPTIONS /api/v1/bots/ada").status, 204);
}

TEST_F(Http, ReadsAQueryIntoItsFields) {
    const auto list = ask("GET /api/v1/bots?page_size=2&page_token=a%20b");
    EXPECT_EQ(boost::json::parse(list.body).at("bots").as_array().size(), 2u);
    expect_problem(ask("GET /api/v1/bots?page_sise=2"), 400, "invalid_argument", "page_sise");
    expect_problem(ask("GET /api/v1/bots?page_size=x"), 400, "invalid_argument", "page_size");
    expect_problem(ask("GET /api/v1/bots?page_size=1&page_size=2"), 400, "invalid_argument", "page_size");
    expect_problem(ask("GET /api/v1/bots?page_token=%ff"), 400, "invalid_argument", "page_token");
    expect_problem(ask("GET /api/v1/bots/ada?bot=eve"), 400, "invalid_argument", "bot");
    expect_problem(ask("POST /api/v1/bots?name=x", {}, "{}"), 400, "invalid_argument", "name");
}

TEST_F(Http, TakesOnlyJsonBodiesAndOnlyWhereOneBelongs) {
    for (const auto* type :
         {"text/plain", "application/x-www-form-urlencoded", "text/json", "application/jsonx", ""}) {
        expect_problem(
            ask("POST /api/v1/bots", "Content-Type: " + std::string(type) + "\r\n", "{\"name\":\"x\"}"), 415,
            "unsupported_media_type");
    }
    expect_problem(
        ask("POST /api/v1/bots", "Content-Encoding: gzip\r\nContent-Type: application/json\r\n", "x"), 415,
        "unsupported_media_type");
    expect_problem(ask("GET /api/v1/bots/ada", {}, "{}"), 400, "invalid_argument");
    expect_problem(ask("POST /api/v1/bots", {}, "[]"), 400, "invalid_argument");
    expect_problem(ask("POST /api/v1/bots", {}, "{\"name\":\"a\\u0000b\"}"), 400, "invalid_argument", "name");
    EXPECT_TRUE(server_.seen().created.empty());
    EXPECT_EQ(
        ask("POST /api/v1/bots", "Content-Type: Application/JSON; charset=utf-8\r\n", "{\"name\":\"x\"}")
            .status,
        200);
    EXPECT_EQ(ask("POST /api/v1/bots").status, 200) << "no body is an empty one";
}

TEST_F(Http, RefusesAPathAndABodyThatDiffer) {
    expect_problem(ask("PATCH /api/v1/bots/ada", {}, "{\"bot\":\"eve\"}"), 400, "invalid_argument", "bot");
    EXPECT_EQ(ask("PATCH /api/v1/bots/ada", {}, "{\"bot\":\"ada\"}").status, 200);
}

TEST_F(Http, PutsIfMatchIntoTheEtagAndAnswersNotModified) {
    EXPECT_EQ(ask("PATCH /api/v1/bots/ada", "If-Match: \"5\"\r\n", "{}").status, 200);
    EXPECT_EQ(ask("PATCH /api/v1/bots/ada", "If-Match: *\r\n", "{}").status, 200);
    ASSERT_EQ(server_.seen().updated.size(), 2u);
    EXPECT_EQ(server_.seen().updated[0].etag(), "\"5\"");
    EXPECT_EQ(server_.seen().updated[1].etag(), "");
    expect_problem(ask("PATCH /api/v1/bots/ada", "If-Match: \"5\"\r\n", "{\"etag\":\"\\\"6\\\"\"}"), 400,
                   "invalid_argument", "etag");
    for (const auto* held : {"\"7\"", "W/\"7\"", "\"1\", \"7\"", "*"}) {
        const auto same = ask("GET /api/v1/bots/ada", "If-None-Match: " + std::string(held) + "\r\n");
        EXPECT_EQ(same.status, 304) << held;
        EXPECT_EQ(same.field("etag"), "\"7\"");
    }
    EXPECT_EQ(ask("GET /api/v1/bots/ada", "If-None-Match: \"77\"\r\n").status, 200);
}

TEST_F(Http, NamesAMutationByItsKeyAndItsContent) {
    const auto mutation_of = [&](std::string_view fields, std::string_view body) {
        EXPECT_EQ(ask("POST /api/v1/bots", fields, body).status, 200);
        return server_.seen().contexts.back().mutation;
    };
    const auto by_header = mutation_of("Idempotency-Key: \"k-1\"\r\n", R"({"name":"a","description":"d"})");
    EXPECT_EQ(by_header.key, "k-1");
    EXPECT_EQ(by_header.operation, "boternity.v1.CreateBotRequest");
    EXPECT_EQ(mutation_of("Idempotency-Key: k-1\r\n", R"({"description":"d","name":"a"})"), by_header);
    EXPECT_EQ(mutation_of({}, R"({"name":"a","description":"d","idempotency_key":"k-1"})"), by_header);
    EXPECT_NE(mutation_of("Idempotency-Key: k-1\r\n", R"({"name":"b"})").fingerprint, by_header.fingerprint);
    EXPECT_FALSE(mutation_of({}, R"({"name":"b"})").named());
    for (const auto* bad : {"\"open", "a b", "\"a\"b", "\xc3\xa9"}) {
        expect_problem(ask("POST /api/v1/bots", "Idempotency-Key: " + std::string(bad) + "\r\n", "{}"), 400,
                       "invalid_argument", "idempotency_key");
    }
    expect_problem(ask("POST /api/v1/bots", "Idempotency-Key: " + std::string(256, 'k') + "\r\n", "{}"), 400,
                   "invalid_argument", "idempotency_key");
    expect_problem(ask("POST /api/v1/bots", "Idempotency-Key: a\r\n", R"({"idempotency_key":"b"})"), 400,
                   "invalid_argument", "idempotency_key");
    expect_problem(ask("POST /api/v1/bots", "Idempotency-Key: a\r\nIdempotency-Key: a\r\n", "{}"), 400,
                   "invalid_argument", "idempotency_key");
}

TEST_F(Http, LetsNobodyInWithoutTheToken) {
    const auto bare = [&](std::string_view start, std::string_view fields) {
        RawClient fresh(server_.port());
        return *fresh.ask(std::string(start) + " HTTP/1.1\r\nHost: " + server_.address() + "\r\n" +
                          std::string(fields) + "\r\n");
    };
    for (const auto* start : {"GET /api/v1/bots", "GET /nothing", "POST /healthz", "OPTIONS /api/v1/bots",
                              "GET /", "GET /api/v1/bots?page_size=x&q=%zz", "BREW /pot"}) {
        const auto answer = bare(start, {});
        expect_problem(answer, 401, "unauthenticated");
        EXPECT_EQ(answer.field("www-authenticate"), "Bearer");
    }
    EXPECT_EQ(bare("GET /api/v1/bots", "x-api-key: the-owners-token\r\n").status, 200);
    EXPECT_EQ(bare("GET /api/v1/bots", "Authorization: Bearer wrong\r\n").status, 401);
    EXPECT_EQ(
        bare("GET /api/v1/bots", "Authorization: Bearer the-owners-token\r\nx-api-key: other\r\n").status,
        401);
    for (const auto* open : {"GET /healthz", "GET /readyz", "GET /openapi.json"})
        EXPECT_EQ(bare(open, {}).status, 200);
    for (const auto* name : {"token", "access_token", "api_key", "key", "%74oken"}) {
        const auto answer = bare("GET /api/v1/bots?" + std::string(name) + "=the-owners-token", {});
        expect_problem(answer, 400, "invalid_argument");
        EXPECT_EQ(answer.body.find("the-owners-token"), std::string::npos);
        EXPECT_EQ(bare("GET /healthz?" + std::string(name) + "=x", {}).status, 400);
    }
    EXPECT_FALSE(server_.log().mentions(ServedGateway::kToken));
}

TEST_F(Http, RefusesForeignHostsAndOriginsOnEveryPath) {
    for (const auto* path : {"/api/v1/bots", "/healthz", "/openapi.json", "/nothing"}) {
        RawClient fresh(server_.port());
        expect_problem(*fresh.ask("GET " + std::string(path) + " HTTP/1.1\r\nHost: evil.test\r\n\r\n"), 403,
                       "permission_denied");
        for (const auto* method : {"GET ", "OPTIONS "}) {
            const auto answer = ask(method + std::string(path), "Origin: https://evil.test\r\n");
            expect_problem(answer, 403, "permission_denied");
            EXPECT_EQ(answer.field("access-control-allow-origin"), "");
        }
    }
    EXPECT_EQ(ask("GET /api/v1/bots", "Origin: http://" + server_.address() + "\r\n").status, 200);
    EXPECT_EQ(ask("GET /api/v1/bots", "Origin: null\r\n").status, 403);
}

TEST_F(Http, DecidesBeforeItAsksForTheBody) {
    const std::string expect = "Expect: 100-continue\r\nContent-Type: application/json\r\n";
    EXPECT_EQ(client_.ask(request("POST /api/v1/bots", expect + "Content-Length: 12\r\n"))->status, 100);
    EXPECT_EQ(client_.ask("{\"name\":\"x\"}")->status, 200);
    EXPECT_EQ(ask("POST /nothing", expect + "Content-Length: 12\r\n").status, 404);
    EXPECT_EQ(ask("POST /api/v1/bots", expect + "Content-Length: 99999999\r\n").status, 413);
    EXPECT_EQ(ask("GET /api/v1/bots", "Expect: 200-maybe\r\n").status, 417);
}

TEST_F(Http, HoldsItsLimitOnBodies) {
    expect_problem(ask("POST /api/v1/bots", {}, std::string(1024 * 1024 + 1, ' ')), 413, "too_large");
    client_.send(
        request("POST /api/v1/bots", "Transfer-Encoding: chunked\r\nContent-Type: application/json\r\n"));
    for (int i = 0; i < 40; ++i) client_.send("10000\r\n" + std::string(65536, ' ') + "\r\n");
    expect_problem(*client_.answer(), 413, "too_large");
    EXPECT_TRUE(client_.closed());
}

TEST_F(Http, ZipsLongAnswersForWhoAsks) {
    const auto plain = ask("GET /api/v1/bots/long");
    const auto zipped = ask("GET /api/v1/bots/long", "Accept-Encoding: deflate, gzip;q=0.5\r\n");
    EXPECT_EQ(zipped.field("content-encoding"), "gzip");
    EXPECT_LT(zipped.body.size(), 1'000u);
    EXPECT_NE(zipped.field("vary").find("Accept-Encoding"), std::string::npos);
    std::string out(100'000, '\0');
    z_stream stream{};
    ASSERT_EQ(inflateInit2(&stream, 15 + 16), Z_OK);
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(zipped.body.data()));
    stream.avail_in = static_cast<uInt>(zipped.body.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    ASSERT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
    out.resize(stream.total_out);
    inflateEnd(&stream);
    EXPECT_EQ(out, plain.body);
    EXPECT_EQ(ask("GET /api/v1/bots/long", "Accept-Encoding: gzip;q=0\r\n").field("content-encoding"), "");
    EXPECT_EQ(ask("GET /api/v1/bots/ada", "Accept-Encoding: gzip\r\n").field("content-encoding"), "")
        << "short";
}

TEST_F(Http, SaysWhatItCanNotAnswer) {
    expect_problem(ask("GET /api/v1/bots/ada", "Accept: text/html\r\n"), 406, "not_acceptable");
    EXPECT_EQ(ask("GET /api/v1/bots/ada", "Accept: text/html, */*;q=0.1\r\n").status, 200);
    const auto grpc =
        ask("POST /boternity.v1.BotService/ListBots", "Content-Type: application/grpc+proto\r\n", "x");
    EXPECT_EQ(grpc.status, 415);
    EXPECT_NE(grpc.body.find("HTTP/2"), std::string::npos);
}

TEST_F(Http, TellsOfErrorsWithoutTheirPrivateDetail) {
    expect_problem(ask("GET /api/v1/bots/nobody"), 404, "not_found");
    const auto busy = ask("GET /api/v1/bots/busy");
    expect_problem(busy, 429, "rate_limited");
    EXPECT_EQ(busy.field("retry-after"), "2");
    EXPECT_EQ(boost::json::parse(busy.body).at("retry_after_ms"), 1'500);
    for (const auto* bot : {"defect", "throws"}) {
        const auto answer = ask("GET /api/v1/bots/" + std::string(bot));
        expect_problem(answer, 500, "internal");
        EXPECT_EQ(answer.body.find("secret"), std::string::npos);
    }
    EXPECT_TRUE(server_.log().mentions("the secret detail"));
    EXPECT_TRUE(server_.log().mentions("the secret exception"));
    EXPECT_EQ(server_.log().count("request_failed"), 2);
}

TEST_F(Http, AnswersAClientThatHasSaidAllItHasToSay) {
    client_.send(request("GET /api/v1/bots/slow"));
    client_.end_sending();
    const auto answer = client_.answer();
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, 200);
    EXPECT_TRUE(client_.closed());
}

TEST_F(Http, TellsTheHealthAndTheContract) {
    EXPECT_EQ(ask("GET /healthz").body, "{\"status\":\"ok\"}");
    EXPECT_EQ(ask("GET /readyz").status, 200);
    const auto document = boost::json::parse(ask("GET /openapi.json").body).as_object();
    EXPECT_TRUE(std::string_view(document.at("openapi").as_string()).starts_with("3.1"));
    EXPECT_TRUE(document.at("paths").as_object().contains("/api/v1/bots/{bot}:start"));
    const auto& create = document.at("paths").at("/api/v1/bots").at("post");
    EXPECT_EQ(create.at("description"), "Makes a bot in state `created`, with its first soul version.");
    EXPECT_EQ(document.at("info").at("version"), "0.0.0-test");
}

TEST(HttpReadiness, Is503WithItsReasons) {
    ServedGateway server([](GatewayOptions& options) {
        options.health = [] { return HealthReport{.ready = false, .reasons = {"The disk is full."}}; };
    });
    RawClient client(server.port());
    const auto answer = client.ask("GET /readyz HTTP/1.1\r\nHost: localhost\r\n\r\n");
    EXPECT_EQ(answer->status, 503);
    EXPECT_NE(answer->body.find("The disk is full."), std::string::npos);
    EXPECT_EQ(client.ask("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")->status, 200);
}

}  // namespace
}  // namespace boternity::api
