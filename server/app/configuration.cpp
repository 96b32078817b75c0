#include "app/configuration.hpp"

#include "api/gateway.hpp"
#include "app/declared_tools.hpp"
#include "infra/llm/remote/remote_config.hpp"
#include "infra/llm/vendors.hpp"

#include <utility>

namespace boternity::app {
namespace {

Status check_provider(const infra::DeclaredProvider& provider) {
    const core::ProviderConfig config{.name = provider.name,
                                      .kind = provider.kind,
                                      .base_url = provider.base_url,
                                      .key = provider.key,
                                      .models = provider.models,
                                      .window_tokens = provider.window_tokens};
    if (provider.name == "local") {
        return fail(invalid_argument("The provider \"local\" is built in; choose another name.", "name"));
    }
    const infra::RemoteApi* api = infra::remote_api(provider.kind);
    if (api == nullptr) return fail(invalid_argument("There is no such kind of provider.", "kind"));
    if (auto checked = infra::check_remote_config(config, api->traits()); !checked)
        return fail(std::move(checked).error());
    return {};
}

}  // namespace

infra::ConfigChecks config_checks() {
    return {.settings = {{"server.listen", api::check_listen},
                         {"server.allow_hosts", api::AccessPolicy::check_allowed_host}},
            .provider = check_provider,
            .tool = check_declared_tool};
}

Error error_of(const infra::ConfigFaults& faults, ErrorCode code) {
    std::string message;
    for (const auto& fault : faults) message += (message.empty() ? "" : "\n") + fault.text();
    return {.code = code, .message = std::move(message)};
}

LiveConfiguration::LiveConfiguration(infra::ConfigSources sources, infra::Config started)
    : sources_(std::move(sources)), used_(started), read_(std::move(started)) {}

std::string LiveConfiguration::file() const {
    const std::lock_guard lock(mutex_);
    return read_.file.string();
}

std::vector<core::Setting> LiveConfiguration::settings() const {
    const std::lock_guard lock(mutex_);
    std::vector<core::Setting> settings;
    for (const auto& rule : infra::setting_rules()) {
        const auto& used = used_.setting(rule.key);
        settings.push_back({.key = rule.key,
                            .value = infra::value_text(used.value),
                            .fallback = infra::value_text(rule.fallback),
                            .origin = used.origin,
                            .description = rule.description,
                            .reloads = rule.reloads,
                            .restart_needed = used.value != read_.setting(rule.key).value});
    }
    return settings;
}

core::Task<Status> LiveConfiguration::reload() {
    co_return co_await core::run_on(pool_, &LiveConfiguration::reload_blocking, this);
}

Status LiveConfiguration::reload_blocking() {
    auto fresh = infra::load_config_blocking(sources_);
    if (!fresh) return fail(error_of(fresh.error(), ErrorCode::WrongState));
    if (apply_) {
        if (auto applied = apply_(*fresh); !applied) {
            applied.error().code = ErrorCode::WrongState;
            return applied;
        }
    }
    const std::lock_guard lock(mutex_);
    for (const auto& rule : infra::setting_rules()) {
        const auto& now = fresh->setting(rule.key);
        auto& used = used_.settings[rule.key];
        // One that says the same may stand in another line by now.
        if (rule.reloads || used.value == now.value) used = now;
    }
    used_.providers = fresh->providers;
    read_ = std::move(*fresh);
    return {};
}

std::string LiveConfiguration::text_blocking() const {
    const auto path = file();
    if (path.empty()) return {};
    return infra::read_config_text_blocking(path).value_or("");
}

}  // namespace boternity::app
