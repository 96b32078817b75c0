#include "api/grpc/grpc_server.hpp"

#include "api/grpc/grpc_service.hpp"

#include <grpcpp/grpcpp.h>
#include <grpcpp/server_posix.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>

namespace boternity::api {
namespace {

int in_millis(std::chrono::milliseconds time) {
    return static_cast<int>(time.count());
}

}  // namespace

GrpcServer::GrpcServer(GrpcOptions options, const MethodTable& methods, const AccessPolicy& access,
                       core::Log& log, core::Clock& clock, core::Ids& ids, core::Executor executor,
                       core::TaskScope& scope)
    : options_(std::move(options)),
      clock_(clock),
      service_(std::make_unique<GrpcService>(
          GrpcService::Ports{methods, access, log, clock, ids, std::move(executor), scope}, options_)) {}

GrpcServer::~GrpcServer() = default;

Status GrpcServer::adopt(int socket) {
    const std::lock_guard lock(mutex_);
    if (draining_) {
        ::close(socket);
        return fail(ErrorCode::Unavailable, "The server is shutting down.");
    }
    if (!server_) {
        if (auto started = start(); !started) {
            ::close(socket);
            return started;
        }
    }
    grpc::AddInsecureChannelFromFd(server_.get(), socket);
    return {};
}

Status GrpcServer::start() {
    const Limits& limits = options_.limits;
    grpc::ServerBuilder builder;
    builder.RegisterCallbackGenericService(service_.get());
    builder.SetMaxReceiveMessageSize(static_cast<int>(limits.body_bytes));
    builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS,
                               static_cast<int>(limits.grpc_streams_a_connection));
    builder.AddChannelArgument(GRPC_ARG_MAX_METADATA_SIZE, static_cast<int>(limits.grpc_metadata_bytes));
    builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_IDLE_MS, in_millis(limits.grpc_idle_time));
    builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, in_millis(limits.grpc_keepalive_time));
    builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS,
                               in_millis(limits.grpc_ping_interval));
    builder.AddChannelArgument(GRPC_ARG_HTTP2_MAX_PING_STRIKES, 2);
    server_ = builder.BuildAndStart();
    if (!server_) return fail(internal_error("gRPC could not be started"));
    return {};
}

void GrpcServer::drain_blocking(Deadline deadline) {
    {
        const std::lock_guard lock(mutex_);
        draining_ = true;
        if (!server_) return;
    }
    using std::chrono::system_clock;
    const auto left = std::max(deadline.at - clock_.steady(), std::chrono::steady_clock::duration::zero());
    const system_clock::time_point now{std::chrono::microseconds(clock_.now().micros)};
    server_->Shutdown(now + std::chrono::duration_cast<system_clock::duration>(left));
    server_->Wait();
}

}  // namespace boternity::api
