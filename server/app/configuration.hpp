#pragma once

#include "core/ports/configuration.hpp"
#include "core/runtime/pool.hpp"
#include "infra/config/config.hpp"

#include <functional>
#include <mutex>

namespace boternity::app {

/// What settings may be, beyond what their schema says.
infra::ConfigChecks config_checks();

/// All that is wrong as one error of that code.
Error error_of(const infra::ConfigFaults& faults, ErrorCode code);

/// The configuration that this server runs with, and where it is read again.
class LiveConfiguration final : public core::Configuration {
public:
    /// Puts into effect what can change without a restart: all of it, or an error and nothing.
    using Apply = std::function<Status(const infra::Config&)>;

    LiveConfiguration(infra::ConfigSources sources, infra::Config started);

    /// At start, before the first reload. What it captures outlives this.
    void on_reload(Apply apply) { apply_ = std::move(apply); }

    std::string file() const override;
    std::vector<core::Setting> settings() const override;
    core::Task<Status> reload() override;

    /// The file's text, for backups; empty without one, or when it cannot be read.
    std::string text_blocking() const;

    /// Waits for a reload that runs.
    void stop() { pool_.join(); }

private:
    Status reload_blocking();

    const infra::ConfigSources sources_;
    Apply apply_;
    // Read by any strand, written after a reload; never held over a wait.
    mutable std::mutex mutex_;
    infra::Config used_;
    infra::Config read_;
    core::Pool pool_{"configuration", 1, 16};
};

}  // namespace boternity::app
