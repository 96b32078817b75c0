#include "api/methods/services.hpp"
#include "api/methods/to_contract.hpp"
#include "boternity/v1/system.pb.h"

namespace boternity::api {
namespace {

using core::CallContext;
using core::Task;

v1::System::Health to_contract(SystemFacts::Health health) {
    switch (health) {
    case SystemFacts::Health::Starting: return v1::System::starting;
    case SystemFacts::Health::Ready: return v1::System::ready;
    case SystemFacts::Health::Degraded: return v1::System::degraded;
    case SystemFacts::Health::Draining: return v1::System::draining;
    }
    return v1::System::unspecified;
}

v1::System to_contract(const SystemFacts& facts) {
    v1::System out;
    out.set_version(facts.version);
    out.set_health(to_contract(facts.health));
    for (const auto& problem : facts.problems) out.add_problems(problem);
    out.set_address(facts.address);
    out.set_data_folder(facts.data_folder);
    out.set_pid(facts.pid);
    *out.mutable_started_at() = api::to_contract(facts.started_at);
    out.set_uptime_seconds(facts.uptime_seconds);
    out.set_cores(facts.cores);
    out.set_resident_memory_mib(facts.resident_memory_mib);
    out.set_sqlite_version(facts.sqlite_version);
    out.set_schema_version(facts.schema_version);
    out.set_active_runs(facts.active_runs);
    out.set_default_model(facts.default_model);
    return out;
}

struct GetSystem {
    std::function<SystemFacts()> facts;

    Task<Result<v1::System>> operator()(v1::GetSystemRequest, CallContext) const { return run(*this); }

    static Task<Result<v1::System>> run(GetSystem self) { co_return to_contract(self.facts()); }
};

v1::Finding::Severity to_contract(core::Severity severity) {
    switch (severity) {
    case core::Severity::Ok: return v1::Finding::ok;
    case core::Severity::Notice: return v1::Finding::notice;
    case core::Severity::Warning: return v1::Finding::warning;
    case core::Severity::Error: return v1::Finding::error;
    }
    return v1::Finding::unspecified;
}

struct CheckSystem {
    core::CheckService& checks;

    Task<Result<v1::CheckSystemResponse>> operator()(v1::CheckSystemRequest, CallContext context) const {
        return run(*this, std::move(context));
    }

    static Task<Result<v1::CheckSystemResponse>> run(CheckSystem self, CallContext context) {
        BOT_CO_TRY(findings, co_await self.checks.run(std::move(context)));
        v1::CheckSystemResponse response;
        for (const auto& finding : findings) {
            auto& out = *response.add_findings();
            out.set_check(finding.check);
            out.set_severity(to_contract(finding.severity));
            out.set_what(finding.what);
            out.set_cure(finding.cure);
            out.set_fixable(finding.fixable);
        }
        co_return response;
    }
};

}  // namespace

void add_system_methods(MethodTable& table, std::function<SystemFacts()> facts, core::CheckService& checks) {
    table.unary<v1::CheckSystemRequest, v1::CheckSystemResponse>("boternity.v1.SystemService.CheckSystem",
                                                                 CheckSystem{checks});
    table.unary<v1::GetSystemRequest, v1::System>("boternity.v1.SystemService.GetSystem",
                                                  GetSystem{std::move(facts)});
}

}  // namespace boternity::api
