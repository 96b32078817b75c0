#include "api/grpc/tests/grpc_client.hpp"
#include "api/listener/first_bytes.hpp"
#include "api/tests/served_gateway.hpp"
#include "grpc/health/v1/health.pb.h"

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace boternity::api {
namespace {

using grpc::health::v1::HealthCheckRequest;
using grpc::health::v1::HealthCheckResponse;
using testing::RawClient;
using testing::ServedGateway;
using namespace std::chrono_literals;

constexpr const char* kCheck = "/grpc.health.v1.Health/Check";
constexpr const char* kWatch = "/grpc.health.v1.Health/Watch";

/// A connection that is gRPC's, and says no more.
std::unique_ptr<RawClient> stranger(const ServedGateway& server) {
    auto client = std::make_unique<RawClient>(server.port());
    client->send(std::string(kHttp2Preface) + std::string("\0\0\0\x04\0\0\0\0\0", 9));
    EXPECT_TRUE(client->reads(std::string("\x04\0\0\0\0\0", 6))) << "no SETTINGS frame";
    return client;
}

TEST(GrpcLimits, HoldForEveryMessage) {
    ServedGateway server([](GatewayOptions& options) { options.limits.body_bytes = 1'000; });
    Client client(server);
    v1::Bot answer;
    EXPECT_EQ(client.unary(kGetBot, bot(std::string(2'000, 'x')), answer).error_code(),
              grpc::RESOURCE_EXHAUSTED);
    std::vector<v1::Bot> answers;
    EXPECT_FALSE(client.call(kGetBot, {}, answers).ok()) << "a call without a request";
    EXPECT_TRUE(client.unary(kGetBot, bot("ada"), answer).ok()) << "the server is none the worse";
}

TEST(GrpcLimits, StrangersDoNotKeepTheOwnerOut) {
    ServedGateway server([](GatewayOptions& options) { options.limits.grpc_connections = 3; });
    std::vector<std::unique_ptr<RawClient>> crowd;
    for (int i = 0; i < 3; ++i) crowd.push_back(stranger(server));
    Client owner(server);
    v1::Bot answer;
    EXPECT_TRUE(owner.unary(kGetBot, bot("ada"), answer).ok());
    EXPECT_TRUE(crowd.front()->closed()) << "the oldest was not ended";
    for (int i = 0; i < 5; ++i) crowd.push_back(stranger(server));
    EXPECT_TRUE(owner.unary(kGetBot, bot("ada"), answer).ok());
    EXPECT_EQ(server.log().count("grpc_connections_full"), 1) << "strangers decide how much is logged";
    EXPECT_EQ(server.log().count("task_failed"), 0);
}

TEST(GrpcLimits, ConnectionsBeyondThoseOfTheOwnerAreClosedQuietly) {
    ServedGateway server([](GatewayOptions& options) { options.limits.grpc_connections = 1; });
    Client first(server);
    v1::Bot answer;
    ASSERT_TRUE(first.unary(kGetBot, bot("ada"), answer).ok());
    for (int i = 0; i < 5; ++i) {
        Client more(server);
        EXPECT_EQ(more.unary(kGetBot, bot("ada"), answer).error_code(), grpc::UNAVAILABLE);
    }
    EXPECT_TRUE(first.unary(kGetBot, bot("ada"), answer).ok());
    EXPECT_EQ(server.log().count("grpc_connections_full"), 1);
    EXPECT_EQ(server.log().count("task_failed"), 0);
}

TEST(GrpcLimits, ConnectionsThatNeverCallEndSoon) {
    ServedGateway server([](GatewayOptions& options) { options.limits.grpc_first_call_time = 100ms; });
    EXPECT_TRUE(stranger(server)->closed());
}

TEST(GrpcLimits, StrangersHavePlacesOfTheirOwn) {
    HealthCheckResponse health;
    v1::Bot answer;
    {
        ServedGateway server([](GatewayOptions& options) { options.limits.grpc_stranger_calls = 0; });
        Client client(server);
        EXPECT_EQ(client.unary(kCheck, HealthCheckRequest(), health, {}).error_code(),
                  grpc::RESOURCE_EXHAUSTED);
        EXPECT_TRUE(client.unary(kCheck, HealthCheckRequest(), health).ok());
        EXPECT_TRUE(client.unary(kGetBot, bot("ada"), answer).ok());
    }
    ServedGateway server([](GatewayOptions& options) { options.limits.grpc_calls = 0; });
    Client client(server);
    EXPECT_TRUE(client.unary(kCheck, HealthCheckRequest(), health, {}).ok());
    EXPECT_EQ(client.unary(kGetBot, bot("ada"), answer).error_code(), grpc::RESOURCE_EXHAUSTED);
}

TEST(GrpcLimits, AStrangersWatchEnds) {
    ServedGateway server([](GatewayOptions& options) { options.limits.grpc_stranger_time = 200ms; });
    Client client(server);
    const HealthCheckRequest request;
    std::vector<HealthCheckResponse> told;
    const auto ended = client.call(kWatch, {&request}, told, {}, 60s);
    EXPECT_EQ(ended.error_code(), grpc::DEADLINE_EXCEEDED);
    EXPECT_EQ(ended.error_message(), "The time of this watch is over; watch again.");
    EXPECT_EQ(told.size(), 1u);
    EXPECT_EQ(server.log().count("request_failed"), 0) << "strangers decide how much is logged";
    told.clear();
    const auto owners = client.call(kWatch, {&request}, told, Client::kOwner, 1s);
    EXPECT_EQ(owners.error_code(), grpc::DEADLINE_EXCEEDED);
    EXPECT_NE(owners.error_message(), ended.error_message()) << "not of the client's deadline";
}

TEST(GrpcLimits, ACallThatNeverSaysWhatItWantsEnds) {
    ServedGateway server([](GatewayOptions& options) {
        options.limits.body_time = 100ms;
        options.limits.grpc_calls = 1;
        options.limits.grpc_stranger_calls = 1;
    });
    Client client(server);
    EXPECT_EQ(client.silent(kGetBot).error_code(), grpc::CANCELLED);
    EXPECT_EQ(client.silent(kCheck, {}).error_code(), grpc::CANCELLED);
    // A place is given back a moment after the client hears of the end.
    v1::Bot answer;
    auto status = client.unary(kGetBot, bot("ada"), answer);
    for (int i = 0; i < 1'000 && !status.ok(); ++i) status = client.unary(kGetBot, bot("ada"), answer);
    EXPECT_TRUE(status.ok()) << status.error_message();
}

}  // namespace
}  // namespace boternity::api
