#include "api/listener/first_bytes.hpp"
#include "api/tests/served_gateway.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>
#include <thread>

namespace boternity::api {
namespace {

using testing::RawClient;
using testing::ServedGateway;
using namespace std::chrono_literals;

TEST(FirstBytes, DecideTheProtocol) {
    for (std::size_t i = 0; i < kHttp2Preface.size(); ++i) {
        EXPECT_EQ(protocol_of(kHttp2Preface.substr(0, i)), Protocol::Undecided) << i;
    }
    EXPECT_EQ(protocol_of(kHttp2Preface), Protocol::Http2);
    EXPECT_EQ(protocol_of(std::string(kHttp2Preface) + "more"), Protocol::Http2);
    for (const auto* other :
         {"G", "PUT", "PRI * HTTP/1.1", "\x16\x03\x01", "PRI * HTTP/2.0\r\n\r\nXX", "\r\n"}) {
        EXPECT_EQ(protocol_of(other), Protocol::Http1) << other;
    }
}

TEST(Listener, SaysWhichPortIsTaken) {
    ServedGateway first;
    try {
        ServedGateway second([&](GatewayOptions& options) { options.listen = first.address(); });
        FAIL() << "two servers listen on one port";
    } catch (const std::runtime_error& error) {
        const std::string said = error.what();
        EXPECT_NE(said.find(std::to_string(first.port())), std::string::npos);
        EXPECT_NE(said.find("--listen"), std::string::npos) << said;
    }
}

TEST(Listener, RefusesAnAddressThatIsNone) {
    for (const auto* listen : {"", "7420", "127.0.0.1", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:70000",
                               "nowhere:1", "192.0.2.1:0"}) {
        EXPECT_THROW(ServedGateway([&](GatewayOptions& options) { options.listen = listen; }),
                     std::runtime_error)
            << listen;
    }
}

TEST(Listener, ClosesWhatNeverBecomesARequest) {
    ServedGateway server([](GatewayOptions& options) {
        options.limits.first_bytes_time = 100ms;
        options.limits.header_time = 100ms;
        options.limits.body_time = 100ms;
        options.limits.linger_time = 100ms;
    });
    const auto begun = server.usual_fields() + "Content-Type: application/json\r\nContent-Length: 5\r\n\r\n{";
    for (const auto& bytes :
         {std::string(), std::string("G"), std::string(kHttp2Preface.substr(0, 10)),
          std::string(kHttp2Preface.substr(0, 23)), std::string("GET / HTTP/1.1\r\nHost: x\r\nX-S"),
          std::string("\r\n"), "POST /api/v1/bots HTTP/1.1\r\n" + begun}) {
        RawClient client(server.port());
        client.send(bytes);
        EXPECT_TRUE(client.closed()) << bytes;
    }
}

TEST(Listener, ClosesABeginningOfThePrefaceThatIsAllThereWillBe) {
    ServedGateway server([](GatewayOptions& options) { options.limits.first_bytes_time = 1h; });
    for (const std::size_t begun : {1u, 3u, 23u}) {
        RawClient client(server.port());
        client.send(kHttp2Preface.substr(0, begun));
        client.end_sending();
        EXPECT_TRUE(client.closed()) << begun;
    }
    RawClient whole(server.port());
    for (const char byte : kHttp2Preface) whole.send(std::string_view(&byte, 1));
    EXPECT_TRUE(whole.reads(std::string("\x04\0\0\0\0\0", 6))) << "no SETTINGS frame";
}

TEST(Listener, TellsWhoSpeaksSomethingElse) {
    ServedGateway server;
    for (const auto& bytes :
         {std::string("\x16\x03\x01\x00\xc8\x01", 6), std::string("PROXY TCP4 1.1.1.1 2.2.2.2 1 2\r\n"),
          std::string("\r\n\r\n\0\r\nQUIT\n", 12), std::string("SSH-2.0-x\r\n"), std::string(50, '\0')}) {
        RawClient client(server.port());
        client.send(bytes);
        const auto answer = client.answer();
        ASSERT_TRUE(answer);
        EXPECT_EQ(answer->status, 400);
    }
}

TEST(Listener, ClosesIdleConnectionsInTime) {
    ServedGateway server([](GatewayOptions& options) { options.limits.idle_time = 100ms; });
    RawClient client(server.port());
    ASSERT_TRUE(client.ask("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"));
    EXPECT_TRUE(client.closed());
}

TEST(Listener, PausesAtItsLimitAndGoesOnWhenAConnectionEnds) {
    ServedGateway server([](GatewayOptions& options) { options.limits.connections = 2; });
    const std::string ask = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n";
    RawClient first(server.port());
    ASSERT_TRUE(first.ask(ask));
    auto second = std::make_unique<RawClient>(server.port());
    ASSERT_TRUE(second->ask(ask));
    RawClient third(server.port());  // in the kernel's queue
    third.send(ask);
    ASSERT_TRUE(first.ask(ask)) << "who is in goes on";
    EXPECT_TRUE(third.received().empty());
    second.reset();
    EXPECT_TRUE(third.answer());
    EXPECT_EQ(server.log().count("accept_paused"), 1);

    RawClient fourth(server.port());
    fourth.send(ask);
    EXPECT_TRUE(fourth.received().empty());
    first.end_sending();
    EXPECT_TRUE(fourth.answer());
    EXPECT_EQ(server.log().count("accept_paused"), 1) << "strangers decide how much is logged";
}

TEST(Drain, EndsIdleConnectionsAtOnceAndLetsRequestsFinish) {
    ServedGateway server;
    RawClient idle(server.port());
    ASSERT_TRUE(idle.ask("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"));
    RawClient silent(server.port());
    RawClient busy(server.port());
    busy.send("GET /api/v1/bots/slow HTTP/1.1\r\n" + server.usual_fields() + "\r\n");
    ASSERT_TRUE(server.eventually([](const auto& seen) { return seen.contexts.size() == 1; }));
    std::thread draining([&] { server.drain(10s); });
    EXPECT_TRUE(idle.closed());
    EXPECT_TRUE(silent.closed());
    const auto answer = busy.answer();
    draining.join();
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, 200);
    EXPECT_EQ(answer->field("connection"), "close");
    EXPECT_THROW(RawClient(server.port()), std::runtime_error) << "it still accepts";
}

TEST(Drain, CutsWhatIsLeftAtTheDeadline) {
    ServedGateway server;
    RawClient stream(server.port());
    stream.send("GET /api/v1/runs/quiet/events HTTP/1.1\r\n" + server.usual_fields() + "\r\n");
    ASSERT_TRUE(stream.reads("id: 3"));
    RawClient call(server.port());
    call.send("GET /api/v1/bots/until_stopped HTTP/1.1\r\n" + server.usual_fields() + "\r\n");
    ASSERT_TRUE(server.eventually([](const auto& seen) { return seen.contexts.size() == 1; }));
    server.drain(50ms);
    EXPECT_TRUE(stream.closed());
    EXPECT_TRUE(call.closed());
    EXPECT_TRUE(server.scope().wait_idle(server.clock().in(10s)));
    EXPECT_EQ(server.seen().streams_stopped, 2);
}

}  // namespace
}  // namespace boternity::api
