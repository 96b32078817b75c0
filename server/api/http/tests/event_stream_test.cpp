#include "api/tests/served_gateway.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <string>

namespace boternity::api {
namespace {

using testing::RawClient;
using testing::ServedGateway;

std::string get(const ServedGateway& server, std::string_view path, std::string_view fields = {}) {
    return "GET " + std::string(path) + " HTTP/1.1\r\n" + server.usual_fields() + std::string(fields) +
           "\r\n";
}

constexpr std::string_view kSecond =
    "id: 2\nevent: delta\ndata: {\"run\":\"r\",\"seq\":2,\"delta\":{\"text\":\"line one\\nline two\"}}\n\n";

TEST(EventStream, SendsEachMessageAsOneEventAndEnds) {
    ServedGateway server;
    RawClient client(server.port());
    const auto answer = client.ask(get(server, "/api/v1/runs/r/events", "Accept: text/html\r\n"));
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, 200);
    EXPECT_EQ(answer->field("content-type"), "text/event-stream");
    EXPECT_EQ(answer->field("content-encoding"), "");
    EXPECT_NE(answer->body.find(kSecond), std::string::npos) << answer->body;
    EXPECT_NE(answer->body.find("id: 3\n"), std::string::npos);
    EXPECT_EQ(client.ask(get(server, "/healthz"))->status, 200) << "the connection is still in step";
}

TEST(EventStream, GoesOnBehindTheLaterOfAfterAndLastEventId) {
    ServedGateway server;
    const auto after = [&](std::string_view path, std::string_view fields) {
        RawClient client(server.port());
        const auto answer = client.ask(get(server, path, fields));
        return answer->status == 200 ? static_cast<int>(server.seen().after) : -answer->status;
    };
    EXPECT_EQ(after("/api/v1/runs/r/events?after=2", ""), 2);
    EXPECT_EQ(after("/api/v1/runs/r/events", "Last-Event-ID: 2\r\n"), 2);
    EXPECT_EQ(after("/api/v1/runs/r/events?after=1", "Last-Event-ID: 2\r\n"), 2);
    EXPECT_EQ(after("/api/v1/runs/r/events?after=x", ""), -400);
    EXPECT_EQ(after("/api/v1/runs/r/events", "Last-Event-ID: x\r\n"), -400);
}

TEST(EventStream, IsChosenByAcceptWhereTwoMethodsShareAPath) {
    ServedGateway server;
    const auto type = [&](std::string_view accept) {
        RawClient client(server.port());
        const auto answer = client.ask(
            "POST /api/v1/sessions/r/messages HTTP/1.1\r\n" + server.usual_fields() + std::string(accept) +
            "Content-Type: application/json\r\nContent-Length: 13\r\n\r\n{\"text\":\"hi\"}");
        return answer->field("content-type");
    };
    EXPECT_EQ(type(""), "application/json");
    EXPECT_EQ(type("Accept: */*\r\n"), "application/json");
    EXPECT_EQ(type("Accept: text/event-stream\r\n"), "text/event-stream");
    EXPECT_EQ(type("Accept: application/json, text/event-stream;q=0.5\r\n"), "application/json");
    EXPECT_EQ(type("Accept: text/html\r\n"), "application/problem+json");
}

TEST(EventStream, FailsWithAStatusBeforeTheFirstEventAndAsAnEventAfterIt) {
    ServedGateway server;
    for (const auto& [run, status] : {std::pair("nobody", 404), std::pair("broken_at_once", 507)}) {
        RawClient client(server.port());
        const auto answer = client.ask(get(server, "/api/v1/runs/" + std::string(run) + "/events"));
        EXPECT_EQ(answer->status, status);
        EXPECT_EQ(answer->field("content-type"), "application/problem+json");
    }
    RawClient client(server.port());
    const auto answer = client.ask(get(server, "/api/v1/runs/broken/events"));
    EXPECT_EQ(answer->status, 200);
    const auto at =
        answer->body.find("event: error\ndata: {\"type\":\"urn:boternity:error:upstream_failed\"");
    ASSERT_NE(at, std::string::npos) << answer->body;
    EXPECT_GT(at, answer->body.find("id: 3"));
    EXPECT_EQ(answer->body.find("private"), std::string::npos);
}

TEST(EventStream, SaysThatItIsThereWhenNothingHappens) {
    ServedGateway server(
        [](GatewayOptions& options) { options.limits.ping_time = std::chrono::milliseconds(20); });
    RawClient client(server.port());
    client.send(get(server, "/api/v1/runs/quiet/events?after=3"));
    EXPECT_TRUE(client.reads("HTTP/1.1 200 OK"));
    EXPECT_TRUE(client.reads(": ping\n\n\r\n8\r\n: ping\n\n"));
}

TEST(EventStream, StopsPullingWhenTheClientHangsUp) {
    ServedGateway server;
    for (const int how : {SHUT_WR, SHUT_RDWR}) {
        const int before = server.seen().streams_stopped;
        RawClient client(server.port());
        client.send(get(server, "/api/v1/runs/quiet/events"));
        ASSERT_TRUE(client.reads("id: 3"));
        ::shutdown(client.socket(), how);
        EXPECT_TRUE(server.eventually([&](const auto& seen) { return seen.streams_stopped > before; }));
    }
}

TEST(EventStream, IsNotPulledFasterThanTheClientReads) {
    ServedGateway server(
        [](GatewayOptions& options) { options.limits.write_time = std::chrono::milliseconds(300); });
    RawClient client(server.port());
    client.send(get(server, "/api/v1/runs/flood/events"));
    // It never ends, so it comes to its end only by being cut: the client has taken nothing for the write
    // time.
    ASSERT_TRUE(client.reads("HTTP/1.1 200 OK"));
    const auto until = server.clock().in(std::chrono::seconds(10));
    while (server.scope().running() > 1 && server.clock().steady() < until.at) {
        server.scope().wait_idle(server.clock().in(std::chrono::milliseconds(20)));
    }
    EXPECT_EQ(server.scope().running(), 1u) << "only the acceptor is left";
}

TEST(EventStream, HeadAnswersWithoutTheStream) {
    ServedGateway server;
    RawClient client(server.port());
    client.send("HEAD /api/v1/runs/quiet/events HTTP/1.1\r\n" + server.usual_fields() + "\r\n");
    const auto answer = client.answer(RawClient::Body::Absent);
    EXPECT_EQ(answer->field("content-type"), "text/event-stream");
    EXPECT_EQ(client.ask(get(server, "/healthz"))->status, 200);
}

TEST(EventStream, EndsWithTheConnectionForHttp10) {
    ServedGateway server;
    RawClient client(server.port());
    client.send("GET /api/v1/runs/r/events HTTP/1.0\r\n" + server.usual_fields() + "\r\n");
    EXPECT_TRUE(client.closed());
    EXPECT_EQ(client.received().find("chunked"), std::string::npos);
    EXPECT_TRUE(client.received().ends_with("\n\n"));
}

}  // namespace
}  // namespace boternity::api
