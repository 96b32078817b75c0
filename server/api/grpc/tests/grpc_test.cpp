#include "api/grpc/tests/grpc_client.hpp"
#include "api/tests/served_gateway.hpp"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "grpc/health/v1/health.pb.h"
#include "grpc/reflection/v1/reflection.pb.h"

#include <google/protobuf/descriptor.pb.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

namespace boternity::api {
namespace {

using testing::RawClient;
using testing::ServedGateway;
using namespace std::chrono_literals;

TEST(Grpc, AnswersTheSameMethodsAsRestOnTheSamePort) {
    ServedGateway server;
    Client client(server);
    v1::Bot answer;
    const auto status = client.unary(kGetBot, bot("ada"), answer);
    EXPECT_TRUE(status.ok()) << status.error_message();
    EXPECT_EQ(answer.name(), "ada");
    RawClient rest(server.port());
    EXPECT_EQ(rest.ask("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")->status, 200);
}

TEST(Grpc, StreamsEveryMessageInOrder) {
    ServedGateway server;
    Client client(server);
    v1::StreamRunEventsRequest request;
    request.set_run("r");
    std::vector<v1::RunEvent> events;
    EXPECT_TRUE(client.call(kEvents, {&request}, events).ok());
    ASSERT_EQ(events.size(), 3u);
    for (std::uint32_t i = 0; i < 3; ++i) EXPECT_EQ(events[i].seq(), i + 1);
}

TEST(Grpc, StopsTheStreamOfAClientThatCancels) {
    ServedGateway server;
    Client client(server);
    v1::StreamRunEventsRequest request;
    request.set_run("quiet");
    std::vector<v1::RunEvent> events;
    EXPECT_EQ(client.call(kEvents, {&request}, events, Client::kOwner, 10s, 3).error_code(), grpc::CANCELLED);
    EXPECT_TRUE(server.eventually([](const auto& seen) { return seen.streams_stopped == 1; }));
}

TEST(Grpc, StopsACallAtTheClientsDeadline) {
    ServedGateway server;
    Client client(server);
    v1::Bot answer;
    const auto status = client.unary(kGetBot, bot("until_stopped"), answer, Client::kOwner, 200ms);
    EXPECT_EQ(status.error_code(), grpc::DEADLINE_EXCEEDED);
    EXPECT_TRUE(server.eventually([](const auto& seen) { return seen.streams_stopped == 1; }));
    const auto deadline = server.seen().contexts.front().deadline;
    EXPECT_LT(deadline.at, server.clock().in(1s).at) << "the handler was not told of the deadline";
}

TEST(Grpc, CarriesErrorsWithTheirDetails) {
    ServedGateway server;
    Client client(server);
    v1::Bot answer;
    const auto busy = client.unary(kGetBot, bot("busy"), answer);
    EXPECT_EQ(busy.error_code(), grpc::RESOURCE_EXHAUSTED);
    google::rpc::Status details;
    ASSERT_TRUE(details.ParseFromString(busy.error_details()));
    google::rpc::ErrorInfo info;
    google::rpc::RetryInfo retry;
    ASSERT_EQ(details.details_size(), 2);
    EXPECT_TRUE(details.details(0).UnpackTo(&info));
    EXPECT_EQ(info.reason(), "rate_limited");
    EXPECT_TRUE(details.details(1).UnpackTo(&retry));
    EXPECT_EQ(retry.retry_delay().seconds(), 1);

    v1::CreateBotRequest nul;
    nul.set_name(std::string("a\0b", 3));
    const auto wrong = client.unary("/boternity.v1.BotService/CreateBot", nul, answer);
    EXPECT_EQ(wrong.error_code(), grpc::INVALID_ARGUMENT);
    ASSERT_TRUE(details.ParseFromString(wrong.error_details()));
    google::rpc::BadRequest bad;
    ASSERT_EQ(details.details_size(), 2);
    EXPECT_TRUE(details.details(1).UnpackTo(&bad));
    EXPECT_EQ(bad.field_violations(0).field(), "name");

    const auto defect = client.unary(kGetBot, bot("defect"), answer);
    EXPECT_EQ(defect.error_code(), grpc::INTERNAL);
    EXPECT_EQ(defect.error_message().find("secret"), std::string::npos);
    const auto thrown = client.unary(kGetBot, bot("throws"), answer);
    EXPECT_EQ(thrown.error_code(), grpc::INTERNAL);
    EXPECT_EQ(thrown.error_message().find("secret"), std::string::npos);
    EXPECT_TRUE(server.log().mentions("the secret detail"));
    EXPECT_TRUE(server.log().mentions("the secret exception"));
    EXPECT_EQ(server.log().count("request_failed"), 2) << "what is no fault of the server is not logged";
    EXPECT_EQ(client.unary("/boternity.v1.BotService/Nothing", bot("x"), answer).error_code(),
              grpc::UNIMPLEMENTED);
    EXPECT_EQ(client.unary("/x", bot("x"), answer).error_code(), grpc::UNIMPLEMENTED);
}

TEST(Grpc, LogsTheServersOwnFaultsAsHttpDoes) {
    ServedGateway server;
    Client client(server);
    v1::StreamRunEventsRequest request;
    request.set_run("broken_at_once");
    std::vector<v1::RunEvent> events;
    EXPECT_FALSE(client.call(kEvents, {&request}, events).ok());
    RawClient rest(server.port());
    rest.ask("GET /api/v1/runs/broken_at_once/events HTTP/1.1\r\n" + server.usual_fields() + "\r\n");
    v1::Bot answer;
    client.unary(kGetBot, bot("until_stopped"), answer, Client::kOwner, 100ms);  // the caller's own deadline
    const auto lines = server.log().lines();
    ASSERT_EQ(server.log().count("request_failed"), 2);
    std::vector<std::string> calls;
    for (const auto& line : lines) {
        if (line.event != "request_failed") continue;
        EXPECT_EQ(line.fields.at("code"), "storage_full");
        calls.push_back(line.fields.at("call"));
    }
    EXPECT_EQ(calls, (std::vector<std::string>{"boternity.v1.RunService.StreamRunEvents",
                                               "GET /api/v1/runs/broken_at_once/events"}));
}

TEST(Grpc, LetsNobodyInWithoutTheToken) {
    ServedGateway server;
    Client client(server);
    v1::Bot answer;
    const std::vector<std::pair<Client::Metadata, grpc::StatusCode>> carriers{
        {{}, grpc::UNAUTHENTICATED},
        {{{"authorization", "Bearer wrong"}}, grpc::UNAUTHENTICATED},
        {{{"authorization", "Bearer the-owners-token"}, {"x-api-key", "other"}}, grpc::UNAUTHENTICATED},
        {{{"x-api-key", "the-owners-token"}}, grpc::OK},
        {{{"authorization", "Bearer the-owners-token"}, {"origin", "https://evil.test"}},
         grpc::PERMISSION_DENIED},
    };
    for (const auto& [metadata, code] : carriers) {
        EXPECT_EQ(client.unary(kGetBot, bot("ada"), answer, metadata).error_code(), code);
    }
    EXPECT_EQ(client.unary("/boternity.v1.BotService/Nothing", bot("x"), answer, {}).error_code(),
              grpc::UNAUTHENTICATED);
    grpc::reflection::v1::ServerReflectionRequest list;
    list.set_list_services("");
    std::vector<grpc::reflection::v1::ServerReflectionResponse> services;
    EXPECT_EQ(client.call("/grpc.reflection.v1.ServerReflection/ServerReflectionInfo", {&list}, services, {})
                  .error_code(),
              grpc::UNAUTHENTICATED);
}

TEST(Grpc, RefusesAForeignAuthority) {
    ServedGateway server;
    grpc::ChannelArguments arguments;
    arguments.SetString(GRPC_ARG_DEFAULT_AUTHORITY, "evil.test");
    Client client(server, arguments);
    v1::Bot answer;
    EXPECT_EQ(client.unary(kGetBot, bot("ada"), answer).error_code(), grpc::PERMISSION_DENIED);
}

TEST(Grpc, ReadsTheIdempotencyKeyOfTheMetadata) {
    ServedGateway server;
    Client client(server);
    v1::CreateBotRequest request;
    request.set_name("a");
    v1::Bot answer;
    Client::Metadata metadata = Client::kOwner;
    metadata.emplace_back("idempotency-key", "k-1");
    EXPECT_TRUE(client.unary("/boternity.v1.BotService/CreateBot", request, answer, metadata).ok());
    EXPECT_EQ(server.seen().contexts.front().mutation.key, "k-1");
    request.set_idempotency_key("k-1");
    EXPECT_TRUE(client.unary("/boternity.v1.BotService/CreateBot", request, answer).ok());
    EXPECT_EQ(server.seen().contexts[0].mutation, server.seen().contexts[1].mutation);
    request.set_idempotency_key("k-2");
    EXPECT_EQ(client.unary("/boternity.v1.BotService/CreateBot", request, answer, metadata).error_code(),
              grpc::INVALID_ARGUMENT);
    request.clear_idempotency_key();
    metadata.emplace_back("idempotency-key", "k-2");
    const auto two = client.unary("/boternity.v1.BotService/CreateBot", request, answer, metadata);
    EXPECT_EQ(two.error_code(), grpc::INVALID_ARGUMENT);
    EXPECT_EQ(two.error_message(), "Idempotency-Key stands more than once; send one.");
    EXPECT_EQ(server.seen().created.size(), 2u);
}

TEST(Grpc, TellsItsHealthToAnybody) {
    ServedGateway server;
    Client client(server);
    using grpc::health::v1::HealthCheckRequest;
    using grpc::health::v1::HealthCheckResponse;
    HealthCheckRequest request;
    HealthCheckResponse answer;
    EXPECT_TRUE(client.unary("/grpc.health.v1.Health/Check", request, answer, {}).ok());
    EXPECT_EQ(answer.status(), HealthCheckResponse::SERVING);
    request.set_service("nothing");
    EXPECT_EQ(client.unary("/grpc.health.v1.Health/Check", request, answer, {}).error_code(),
              grpc::NOT_FOUND);
    std::vector<HealthCheckResponse> watched;
    request.set_service("");
    EXPECT_EQ(client.call("/grpc.health.v1.Health/Watch", {&request}, watched, {}, 300ms).error_code(),
              grpc::DEADLINE_EXCEEDED);
    ASSERT_EQ(watched.size(), 1u);
    EXPECT_EQ(watched.front().status(), HealthCheckResponse::SERVING);
}

TEST(Grpc, DescribesItsContractByReflection) {
    ServedGateway server;
    Client client(server);
    using namespace grpc::reflection::v1;
    ServerReflectionRequest list;
    list.set_list_services("");
    ServerReflectionRequest symbol;
    symbol.set_file_containing_symbol("boternity.v1.BotService.GetBot");
    ServerReflectionRequest unknown;
    unknown.set_file_containing_symbol("boternity.v1.Nothing");
    for (const std::string version : {"v1", "v1alpha"}) {
        std::vector<ServerReflectionResponse> answers;
        const auto status =
            client.call("/grpc.reflection." + version + ".ServerReflection/ServerReflectionInfo",
                        {&list, &symbol, &unknown}, answers);
        EXPECT_TRUE(status.ok()) << status.error_message();
        ASSERT_EQ(answers.size(), 3u);
        std::vector<std::string> names;
        for (const auto& service : answers[0].list_services_response().service())
            names.push_back(service.name());
        EXPECT_NE(std::ranges::find(names, "boternity.v1.BotService"), names.end());
        google::protobuf::FileDescriptorProto file;
        ASSERT_GT(answers[1].file_descriptor_response().file_descriptor_proto_size(), 0);
        EXPECT_TRUE(file.ParseFromString(answers[1].file_descriptor_response().file_descriptor_proto(0)));
        EXPECT_EQ(answers[2].error_response().error_code(), grpc::NOT_FOUND);
    }
}

TEST(Grpc, DrainsAndCutsWhatIsLeft) {
    ServedGateway server;
    Client client(server);
    v1::StreamRunEventsRequest request;
    request.set_run("quiet");
    std::vector<v1::RunEvent> events;
    std::thread draining([&] {
        server.eventually([](const auto& seen) { return seen.after == 7; });
        server.drain(100ms);
    });
    request.set_after(7);
    const auto status = client.call(kEvents, {&request}, events);
    draining.join();
    EXPECT_FALSE(status.ok());
    EXPECT_TRUE(server.eventually([](const auto& seen) { return seen.streams_stopped == 1; }));
}

TEST(Grpc, RefusesNewCallsOnceItDrains) {
    ServedGateway server;
    Client client(server);
    v1::Bot answer;
    ASSERT_TRUE(client.unary(kGetBot, bot("ada"), answer).ok());
    server.gateway().stop_accepting();
    const auto late = client.unary(kGetBot, bot("ada"), answer);
    EXPECT_EQ(late.error_code(), grpc::UNAVAILABLE);
    EXPECT_EQ(late.error_message(), "The server is shutting down; call again in a moment.");
    EXPECT_EQ(client.unary(kGetBot, bot("ada"), answer, {}).error_code(), grpc::UNAUTHENTICATED);
    grpc::health::v1::HealthCheckResponse health;
    EXPECT_TRUE(
        client.unary("/grpc.health.v1.Health/Check", grpc::health::v1::HealthCheckRequest(), health, {})
            .ok());
}

TEST(Grpc, AnswersHttp2ThatIsNoGrpc) {
    ServedGateway server;
    RawClient client(server.port());
    // The preface, empty settings, and a GET of / with :authority (RFC 7541 literals without indexing).
    std::string headers("\x82\x86\x84\x41\x09localhost", 13);
    std::string frame("\0\0\0\x01\x05\0\0\0\x01", 9);
    frame[2] = static_cast<char>(headers.size());
    client.send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + std::string("\0\0\0\x04\0\0\0\0\0", 9) + frame +
                headers);
    // An answer or a reset of stream 1: not silence.
    const bool answered = client.reads(std::string("\0\0\0\x01", 4)) || client.closed();
    EXPECT_TRUE(answered);
}

}  // namespace
}  // namespace boternity::api
