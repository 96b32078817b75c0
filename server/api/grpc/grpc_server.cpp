#include "api/grpc/grpc_server.hpp"

#include "api/grpc/grpc_service.hpp"
#include "core/runtime/pause.hpp"

#include <boost/asio/strand.hpp>
#include <fmt/format.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/server_posix.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>

namespace boternity::api {
namespace {

// Between two log lines that strangers can cause.
constexpr std::chrono::minutes kQuiet{1};

int in_millis(std::chrono::milliseconds time) {
    return static_cast<int>(time.count());
}

}  // namespace

GrpcServer::GrpcServer(GrpcOptions options, const MethodTable& methods, const AccessPolicy& access,
                       core::Log& log, core::Clock& clock, core::Ids& ids, core::Executor executor,
                       core::TaskScope& scope)
    : options_(std::move(options)),
      log_(log),
      clock_(clock),
      executor_(std::move(executor)),
      scope_(scope),
      service_(std::make_unique<GrpcService>(
          GrpcService::Ports{methods, access, sockets_, log, clock, ids, executor_, scope}, options_)) {}

GrpcServer::~GrpcServer() = default;

Status GrpcServer::adopt(int socket) {
    const std::lock_guard lock(mutex_);
    if (draining_) {
        ::close(socket);
        return {};
    }
    if (!server_) {
        if (auto started = start(); !started) {
            ::close(socket);
            return started;
        }
    }
    const auto added = sockets_.add(socket, options_.limits.grpc_connections, clock_.steady());
    tell_of(added);
    if (added == HandedOver::Added::Refused) {
        ::close(socket);
        return {};
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
    scope_.start("silent gRPC connections", boost::asio::make_strand(executor_), end_silent_connections());
    return {};
}

core::Task<Status> GrpcServer::end_silent_connections() {
    const auto patience = options_.limits.grpc_first_call_time;
    const auto between = std::max(patience / 6, std::chrono::milliseconds(10));
    while (!stop_.stop_requested()) {
        auto pausing = core::pause_until(clock_.in(between), stop_.get_token());
        co_await std::move(pausing);
        sockets_.end_silent(clock_.steady() - patience);
    }
    co_return Status{};
}

void GrpcServer::tell_of(HandedOver::Added added) {
    if (added == HandedOver::Added::Free) return;
    if (quiet_until_ && clock_.steady() < *quiet_until_) return;
    quiet_until_ = clock_.steady() + kQuiet;
    log_.write(
        core::LogLevel::Warn, "grpc_connections_full",
        {{"error", fmt::format("{} gRPC connections are open", options_.limits.grpc_connections)},
         {"ended", added == HandedOver::Added::Refused ? "the new one" : "the oldest without the token"}});
}

void GrpcServer::stop_accepting() {
    stop_.request_stop();
    service_->stop_accepting();
}

void GrpcServer::drain_blocking(Deadline deadline) {
    stop_accepting();
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
