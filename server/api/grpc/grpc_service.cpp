#include "api/grpc/grpc_service.hpp"

#include "api/grpc/grpc_call.hpp"
#include "api/grpc/grpc_status.hpp"
#include "api/grpc/health.hpp"
#include "api/grpc/reflection.hpp"

#include <fmt/format.h>

#include <charconv>
#include <optional>
#include <utility>

namespace boternity::api {
namespace {

/// The socket that a call came over: gRPC names a connection by the one it adopted ("fd:17").
std::optional<int> socket_of(const std::string& peer) {
    constexpr std::string_view kPrefix = "fd:";
    if (!peer.starts_with(kPrefix)) return std::nullopt;
    int socket = -1;
    const auto [end, error] =
        std::from_chars(peer.data() + kPrefix.size(), peer.data() + peer.size(), socket);
    return error == std::errc{} ? std::optional(socket) : std::nullopt;
}

/// Ends a call before it began.
class RefusedCall final : public grpc::ServerGenericBidiReactor {
public:
    explicit RefusedCall(const Error& error) { Finish(to_grpc_status(error)); }
    void OnDone() override { delete this; }
};

}  // namespace

std::string full_name_of(const std::string& path) {
    const auto slash = path.rfind('/');
    if (path.empty() || path.front() != '/' || slash == 0) return {};
    return path.substr(1, slash - 1) + "." + path.substr(slash + 1);
}

std::vector<std::string_view> metadata_of(const grpc::GenericCallbackServerContext& context,
                                          const char* name) {
    std::vector<std::string_view> values;
    const auto [begin, end] = context.client_metadata().equal_range(name);
    for (auto it = begin; it != end; ++it) values.emplace_back(it->second.data(), it->second.size());
    return values;
}

Result<Caller> admit(const AccessPolicy& access, const grpc::GenericCallbackServerContext& context,
                     const std::string& operation) {
    BOT_CHECK(access.check_host(context.host()));
    BOT_CHECK(access.check_origin(metadata_of(context, "origin")));
    auto known = access.authenticate({.authorization = metadata_of(context, "authorization"),
                                      .api_key = metadata_of(context, "x-api-key")});
    if (known) return Caller{.principal = std::move(*known), .known = true};
    if (AccessPolicy::is_public(operation)) return Caller{.principal = {.name = "anybody"}};
    return fail(std::move(known).error());
}

GrpcService::GrpcService(Ports ports, const GrpcOptions& options)
    : ports_(std::move(ports)), limits_(options.limits) {
    add_health_methods(own_, options.health, ports_.clock);
}

grpc::ServerGenericBidiReactor* GrpcService::CreateReactor(grpc::GenericCallbackServerContext* context) {
    const auto name = full_name_of(context->method());
    auto caller = admit(ports_.access, *context, name);
    if (!caller) return new RefusedCall(caller.error());
    if (const auto socket = socket_of(context->peer())) {
        using Standing = HandedOver::Standing;
        ports_.sockets.raise(*socket, caller->known ? Standing::Owner : Standing::Visitor);
    }
    const Method* method = own_.find(name);
    if (!method && draining_.load()) {
        return new RefusedCall({.code = ErrorCode::Unavailable,
                                .message = "The server is shutting down; call again in a moment."});
    }
    auto place = place_for(*caller);
    if (!place) {
        return new RefusedCall(
            {.code = ErrorCode::RateLimited, .message = "Too many calls run now; try again in a moment."});
    }
    if (is_reflection(name)) return new ReflectionCall(*this, std::move(place));
    if (!method) method = ports_.methods.find(name);
    if (!method) {
        return new RefusedCall(
            {.code = ErrorCode::Unimplemented,
             .message =
                 fmt::format("There is no method {}; list them with gRPC reflection.", context->method())});
    }
    return GrpcCall::make(*this, *context, *method, std::move(*caller), std::move(place));
}

CallPlace GrpcService::place_for(const Caller& caller) noexcept {
    auto& running = caller.known ? running_ : strangers_running_;
    CallPlace place(&running);
    const auto most = caller.known ? limits_.grpc_calls : limits_.grpc_stranger_calls;
    if (running.fetch_add(1) >= most) place.reset();
    return place;
}

}  // namespace boternity::api
