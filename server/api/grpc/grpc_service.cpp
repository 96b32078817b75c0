#include "api/grpc/grpc_service.hpp"

#include "api/grpc/grpc_call.hpp"
#include "api/grpc/grpc_status.hpp"
#include "api/grpc/health.hpp"
#include "api/grpc/reflection.hpp"

#include <fmt/format.h>

#include <utility>

namespace boternity::api {
namespace {

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

Result<core::Principal> admit(const AccessPolicy& access, const grpc::GenericCallbackServerContext& context,
                              const std::string& operation) {
    BOT_CHECK(access.check_host(context.host()));
    BOT_CHECK(access.check_origin(metadata_of(context, "origin")));
    if (AccessPolicy::is_public(operation)) return core::Principal{.name = "anybody"};
    return access.authenticate({.authorization = metadata_of(context, "authorization"),
                                .api_key = metadata_of(context, "x-api-key")});
}

GrpcService::GrpcService(Ports ports, const GrpcOptions& options)
    : ports_(std::move(ports)), limits_(options.limits) {
    add_health_methods(own_, options.health, ports_.clock);
}

grpc::ServerGenericBidiReactor* GrpcService::CreateReactor(grpc::GenericCallbackServerContext* context) {
    const auto name = full_name_of(context->method());
    auto principal = admit(ports_.access, *context, name);
    if (!principal) return new RefusedCall(principal.error());
    if (running_.fetch_add(1) >= limits_.grpc_calls) {
        leave();
        return new RefusedCall(
            {.code = ErrorCode::RateLimited, .message = "Too many calls run now; try again in a moment."});
    }
    if (is_reflection(name)) return new ReflectionCall(*this);
    const Method* method = ports_.methods.find(name);
    if (!method) method = own_.find(name);
    if (!method) {
        leave();
        return new RefusedCall(
            {.code = ErrorCode::Unimplemented,
             .message =
                 fmt::format("There is no method {}; list them with gRPC reflection.", context->method())});
    }
    return GrpcCall::make(*this, *context, *method, std::move(*principal));
}

}  // namespace boternity::api
