#pragma once

#include "api/grpc/grpc_server.hpp"

#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/grpcpp.h>

#include <atomic>
#include <memory>
#include <string>

namespace boternity::api {

/// Who calls.
struct Caller {
    core::Principal principal{};
    bool known = false;  ///< by the token; strangers may call what is public
};

struct LeavePlace {
    void operator()(std::atomic<std::size_t>* running) const noexcept { running->fetch_sub(1); }
};

/// A call's place among those that may run at once; given back when this ends.
using CallPlace = std::unique_ptr<std::atomic<std::size_t>, LeavePlace>;

/// Every call of every gRPC method enters here and is answered by one reactor.
class GrpcService final : public grpc::CallbackGenericService {
public:
    struct Ports {
        const MethodTable& methods;
        const AccessPolicy& access;
        HandedOver& sockets;
        core::Log& log;
        core::Clock& clock;
        core::Ids& ids;
        core::Executor executor;
        core::TaskScope& scope;
    };

    GrpcService(Ports ports, const GrpcOptions& options);

    grpc::ServerGenericBidiReactor* CreateReactor(grpc::GenericCallbackServerContext* context) override;

    const Ports& ports() const noexcept { return ports_; }
    const Limits& limits() const noexcept { return limits_; }

    /// From here on only the health service answers new calls.
    void stop_accepting() noexcept { draining_.store(true); }

private:
    CallPlace place_for(const Caller& caller) noexcept;

    Ports ports_;
    Limits limits_;
    MethodTable own_;  ///< grpc.health.v1.Health
    std::atomic<std::size_t> running_{0};
    std::atomic<std::size_t> strangers_running_{0};
    std::atomic<bool> draining_{false};
};

/// May this call come in? The same decision as for HTTP: where it was sent to, from which page, and by whom.
Result<Caller> admit(const AccessPolicy& access, const grpc::GenericCallbackServerContext& context,
                     const std::string& operation);

/// "/boternity.v1.BotService/GetBot" as "boternity.v1.BotService.GetBot"; empty when it is not of that form.
std::string full_name_of(const std::string& path);

/// The metadata of that name, each occurrence.
std::vector<std::string_view> metadata_of(const grpc::GenericCallbackServerContext& context,
                                          const char* name);

}  // namespace boternity::api
