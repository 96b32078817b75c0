#pragma once

#include "api/tests/served_gateway.hpp"

#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/impl/codegen/proto_utils.h>
#include <grpcpp/support/proto_buffer_reader.h>
#include <grpcpp/support/proto_buffer_writer.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <utility>
#include <vector>

namespace boternity::api {

using google::protobuf::Message;

/// A client without stubs: any method by its name, one call at a time.
class Client {
public:
    explicit Client(const testing::ServedGateway& server, grpc::ChannelArguments arguments = {})
        : stub_(grpc::CreateCustomChannel(server.address(), grpc::InsecureChannelCredentials(),
                                          own(arguments))) {}

    using Metadata = std::vector<std::pair<std::string, std::string>>;
    inline static const Metadata kOwner{{"authorization", "Bearer the-owners-token"}};

    /// Sends the requests, reads every answer, and returns how it ended.
    template <class Answer>
    grpc::Status call(const std::string& method, const std::vector<const Message*>& requests,
                      std::vector<Answer>& answers, const Metadata& metadata = kOwner,
                      std::chrono::milliseconds deadline = std::chrono::seconds(10), int cancel_after = -1) {
        grpc::ClientContext context;
        context.set_deadline(std::chrono::system_clock::now() + deadline);
        for (const auto& [key, value] : metadata) context.AddMetadata(key, value);
        grpc::CompletionQueue queue;
        auto stream = stub_.PrepareCall(&context, method, &queue);
        stream->StartCall(tag());
        bool ok = next(queue);
        for (const auto* request : requests) {
            if (!ok) break;
            grpc::ByteBuffer buffer;
            bool own_buffer = false;
            EXPECT_TRUE(
                (grpc::GenericSerialize<grpc::ProtoBufferWriter, Message>(*request, &buffer, &own_buffer)
                     .ok()));
            stream->Write(buffer, tag());
            ok = next(queue);
        }
        if (ok) {
            stream->WritesDone(tag());
            next(queue);
        }
        for (;;) {
            grpc::ByteBuffer buffer;
            stream->Read(&buffer, tag());
            if (!next(queue)) break;
            Answer answer;
            EXPECT_TRUE((grpc::GenericDeserialize<grpc::ProtoBufferReader, Message>(&buffer, &answer).ok()));
            answers.push_back(std::move(answer));
            if (static_cast<int>(answers.size()) == cancel_after) context.TryCancel();
        }
        grpc::Status status;
        stream->Finish(&status, tag());
        next(queue);
        return status;
    }

    template <class Answer>
    grpc::Status unary(const std::string& method, const Message& request, Answer& answer,
                       const Metadata& metadata = kOwner,
                       std::chrono::milliseconds deadline = std::chrono::seconds(10)) {
        std::vector<Answer> answers;
        auto status = call(method, {&request}, answers, metadata, deadline);
        if (!answers.empty()) answer = answers.front();
        EXPECT_EQ(answers.size(), status.ok() ? 1u : 0u);
        return status;
    }

    /// Begins a call and says nothing more; returns how it ended.
    grpc::Status silent(const std::string& method, const Metadata& metadata = kOwner) {
        grpc::ClientContext context;
        context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(10));
        for (const auto& [key, value] : metadata) context.AddMetadata(key, value);
        grpc::CompletionQueue queue;
        auto stream = stub_.PrepareCall(&context, method, &queue);
        stream->StartCall(tag());
        next(queue);
        grpc::Status status;
        stream->Finish(&status, tag());
        next(queue);
        return status;
    }

private:
    static grpc::ChannelArguments own(grpc::ChannelArguments arguments) {
        arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
        return arguments;
    }
    static void* tag() { return reinterpret_cast<void*>(1); }
    static bool next(grpc::CompletionQueue& queue) {
        void* got = nullptr;
        bool ok = false;
        EXPECT_TRUE(queue.Next(&got, &ok));
        return ok;
    }

    grpc::GenericStub stub_;
};

inline v1::GetBotRequest bot(const std::string& name) {
    v1::GetBotRequest request;
    request.set_bot(name);
    return request;
}

inline constexpr const char* kGetBot = "/boternity.v1.BotService/GetBot";
inline constexpr const char* kEvents = "/boternity.v1.RunService/StreamRunEvents";

}  // namespace boternity::api
