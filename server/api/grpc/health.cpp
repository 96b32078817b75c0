#include "api/grpc/health.hpp"

#include "core/runtime/pause.hpp"
#include "grpc/health/v1/health.pb.h"

#include <chrono>
#include <optional>
#include <utility>

namespace boternity::api {
namespace {

using core::CallContext;
using core::Task;
using grpc::health::v1::HealthCheckRequest;
using grpc::health::v1::HealthCheckResponse;

// How soon a watcher hears of a change.
constexpr std::chrono::milliseconds kLook{500};

bool is_known(const std::string& service) {
    return service.empty() ||
           (service.starts_with("boternity.") &&
            google::protobuf::DescriptorPool::generated_pool()->FindServiceByName(service) != nullptr);
}

HealthCheckResponse::ServingStatus status_of(const HealthSource& health, const std::string& service) {
    if (!is_known(service)) return HealthCheckResponse::SERVICE_UNKNOWN;
    return !health || health().ready ? HealthCheckResponse::SERVING : HealthCheckResponse::NOT_SERVING;
}

struct Check {
    HealthSource health;

    Task<Result<HealthCheckResponse>> operator()(HealthCheckRequest request, CallContext) const {
        return run(health, std::move(request));
    }

    static Task<Result<HealthCheckResponse>> run(HealthSource health, HealthCheckRequest request) {
        if (!is_known(request.service())) co_return fail(not_found("There is no service of that name."));
        HealthCheckResponse response;
        response.set_status(status_of(health, request.service()));
        co_return response;
    }
};

class Watching final : public MessageStream {
public:
    Watching(HealthSource health, const core::Clock& clock, std::string service)
        : health_(std::move(health)), clock_(clock), service_(std::move(service)) {}

    Task<Result<MessagePtr>> next(Deadline deadline, std::stop_token stop) override {
        for (;;) {
            const auto now = status_of(health_, service_);
            if (told_ != now) {
                told_ = now;
                auto response = std::make_unique<HealthCheckResponse>();
                response->set_status(now);
                co_return MessagePtr(std::move(response));
            }
            if (stop.stop_requested()) co_return fail(ErrorCode::Cancelled, "The client is gone.");
            if (clock_.steady() >= deadline.at) {
                co_return fail(ErrorCode::DeadlineExceeded, "The time of this watch is over; watch again.");
            }
            const Deadline again{std::min(deadline.at, clock_.in(kLook).at)};
            co_await core::pause_until(again, stop);
        }
    }

private:
    HealthSource health_;
    const core::Clock& clock_;
    std::string service_;
    std::optional<HealthCheckResponse::ServingStatus> told_;
};

struct Watch {
    HealthSource health;
    const core::Clock& clock;

    Task<Result<MessageStreamPtr>> operator()(HealthCheckRequest request, CallContext) const {
        return run(*this, std::move(request));
    }

    static Task<Result<MessageStreamPtr>> run(Watch self, HealthCheckRequest request) {
        co_return MessageStreamPtr(std::make_unique<Watching>(self.health, self.clock, request.service()));
    }
};

}  // namespace

void add_health_methods(MethodTable& table, HealthSource health, const core::Clock& clock) {
    table.unary<HealthCheckRequest, HealthCheckResponse>("grpc.health.v1.Health.Check", Check{health});
    table.stream<HealthCheckRequest, HealthCheckResponse>("grpc.health.v1.Health.Watch",
                                                          Watch{health, clock});
}

}  // namespace boternity::api
