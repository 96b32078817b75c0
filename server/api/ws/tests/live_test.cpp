// The WebSocket's clock: what becomes of clients that do not read, do not answer and do not leave.
#include "api/tests/served_gateway.hpp"

#include <gtest/gtest.h>

#include <string>
#include <thread>

namespace boternity::api {
namespace {

using testing::RawClient;
using testing::ServedGateway;
using namespace std::chrono_literals;

/// A client's text frame, with a mask of zeros.
std::string text_frame(const std::string& text) {
    return std::string("\x81") + static_cast<char>(0x80 | text.size()) + std::string(4, '\0') + text;
}

/// A client whose handshake was accepted.
struct LiveClient : RawClient {
    explicit LiveClient(const ServedGateway& server) : RawClient(server.port()) {
        send("GET /ws HTTP/1.1\r\n" + server.usual_fields() +
             "Connection: keep-alive, Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
             "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: boternity.v1\r\n\r\n");
        EXPECT_TRUE(reads("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo="));
    }
};

TEST(Live, AClientThatNeverReadsIsCutAndItsStreamEnds) {
    ServedGateway server([](GatewayOptions& options) { options.limits.write_time = 200ms; });
    LiveClient client(server);
    client.send(text_frame(R"({"id":"s","follow":{"run":"flood"}})"));
    EXPECT_TRUE(server.eventually([](const auto& seen) { return seen.streams_gone == 1; }));
}

TEST(Live, AClientThatAnswersNoPingIsCut) {
    ServedGateway server([](GatewayOptions& options) { options.limits.ping_time = 150ms; });
    LiveClient client(server);
    EXPECT_TRUE(client.reads("\x89")) << "a ping comes first";
    EXPECT_TRUE(client.closed());
}

TEST(Live, AServerThatDrainsClosesWithGoingAway) {
    ServedGateway server;
    std::jthread draining;
    {
        LiveClient client(server);
        client.send(text_frame(R"({"id":"s","follow":{"run":"quiet"}})"));
        EXPECT_TRUE(client.reads(R"("seq":3)"));
        draining = std::jthread([&] { server.drain(30s); });
        EXPECT_TRUE(client.reads(std::string("\x03\xe9", 2)));
        client.send(std::string("\x88\x82\0\0\0\0\x03\xe9", 8));
        EXPECT_TRUE(client.closed());
    }
    EXPECT_TRUE(server.eventually([](const auto& seen) { return seen.streams_stopped == 1; }));
}

TEST(Live, AClientThatLeavesStopsItsStreams) {
    ServedGateway server;
    {
        LiveClient client(server);
        client.send(text_frame(R"({"id":"a","follow":{"run":"quiet"}})"));
        client.send(text_frame(R"({"id":"b","follow":{"run":"quiet"}})"));
        EXPECT_TRUE(client.reads(R"({"id":"a","run_event":{"run":"quiet","seq":3)"));
        EXPECT_TRUE(client.reads(R"({"id":"b","run_event":{"run":"quiet","seq":3)"));
    }
    EXPECT_TRUE(server.eventually([](const auto& seen) { return seen.streams_stopped == 2; }));
}

TEST(Live, AStreamThatFailsIsToldAndTheOthersGoOn) {
    ServedGateway server;
    LiveClient client(server);
    client.send(text_frame(R"({"id":"bad","follow":{"run":"broken"}})"));
    EXPECT_TRUE(client.reads(
        R"({"id":"bad","error":{"code":"upstream_failed","message":"The provider hung up.","field":""}})"));
    client.send(text_frame(R"({"id":"p","ping":{}})"));
    EXPECT_TRUE(client.reads(R"({"id":"p","pong":{}})"));
}

}  // namespace
}  // namespace boternity::api
