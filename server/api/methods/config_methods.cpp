#include "api/methods/services.hpp"
#include "boternity/v1/config.pb.h"

namespace boternity::api {
namespace {

using core::CallContext;
using core::Task;

v1::Config to_contract(const core::Configuration& configuration) {
    v1::Config out;
    out.set_file(configuration.file());
    for (const auto& setting : configuration.settings()) {
        auto& to = *out.add_settings();
        to.set_key(setting.key);
        to.set_value(setting.value);
        to.set_default_(setting.fallback);
        to.set_origin(setting.origin);
        to.set_description(setting.description);
        to.set_reloadable(setting.reloads);
        to.set_restart_needed(setting.restart_needed);
    }
    return out;
}

/// The RPCs of ConfigService. Copied into the method table: it only holds a reference.
struct ConfigMethods {
    core::Configuration& configuration;

    static Task<Result<v1::Config>> get(ConfigMethods self, v1::GetConfigRequest, CallContext) {
        co_return to_contract(self.configuration);
    }

    static Task<Result<v1::Config>> reload(ConfigMethods self, v1::ReloadConfigRequest, CallContext) {
        BOT_CO_CHECK(co_await self.configuration.reload());
        co_return to_contract(self.configuration);
    }
};

}  // namespace

void add_config_methods(MethodTable& table, core::Configuration& configuration) {
    const auto bind = [self = ConfigMethods{configuration}](auto call) {
        return [self, call](auto request, CallContext context) {
            return call(self, std::move(request), std::move(context));
        };
    };
    table.unary<v1::GetConfigRequest, v1::Config>("boternity.v1.ConfigService.GetConfig",
                                                  bind(&ConfigMethods::get));
    table.unary<v1::ReloadConfigRequest, v1::Config>("boternity.v1.ConfigService.ReloadConfig",
                                                     bind(&ConfigMethods::reload));
}

}  // namespace boternity::api
