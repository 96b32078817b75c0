#include "app/local_work.hpp"

#include "app/configuration.hpp"
#include "app/machine.hpp"
#include "app/process_facts.hpp"
#include "app/version.hpp"
#include "cli/data_folder.hpp"
#include "infra/clock/system_clock.hpp"
#include "infra/machine/machine_checks.hpp"
#include "infra/store/sqlite_restore.hpp"

#include <charconv>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace boternity::app {

namespace {

/// As a server would read it that was started now with this data folder.
infra::Checked<infra::Config> configuration_of(const std::filesystem::path& data) {
    return infra::load_config_blocking({.file = cli::process_environment("BOTERNITY_CONFIG").value_or(""),
                                        .data_folder = data,
                                        .env = cli::process_environment,
                                        .checks = config_checks()});
}

std::uint16_t port_of(const infra::Config& config) {
    const auto& listen = config.text("server.listen");
    int port = 0;
    std::from_chars(listen.data() + listen.rfind(':') + 1, listen.data() + listen.size(), port);
    return static_cast<std::uint16_t>(port);
}

std::vector<std::unique_ptr<core::Check>> checks_of(const std::filesystem::path& data,
                                                    const core::Clock& clock) {
    constexpr std::uint16_t kUsualPort = 7420;
    const auto config = configuration_of(data);
    auto models =
        config ? config->text("models.folder") : cli::process_environment("BOTERNITY_MODELS").value_or("");
    auto checks =
        machine_checks(data, models.empty() ? default_model_folder() : std::filesystem::path(models),
                       infra::Holder::Nobody, clock);
    const auto port = config ? port_of(*config) : kUsualPort;
    if (port != 0) checks.push_back(infra::port_check(port));
    return checks;
}

std::vector<core::Finding> look(const std::filesystem::path& data) {
    const infra::SystemClock clock;
    std::vector<core::Finding> findings;
    if (const auto config = configuration_of(data); !config) {
        findings.push_back({.check = "configuration",
                            .severity = core::Severity::Error,
                            .what = config.error().front().text(),
                            .cure = "Correct it; `boternity config check` shows all that is wrong."});
    }
    for (const auto& check : checks_of(data, clock)) {
        for (auto& finding : check->run_blocking()) findings.push_back(std::move(finding));
    }
    return findings;
}

std::vector<std::string> fix(const std::filesystem::path& data) {
    const infra::SystemClock clock;
    std::vector<std::string> done;
    for (const auto& check : checks_of(data, clock)) {
        for (auto& sentence : check->fix_blocking()) done.push_back(std::move(sentence));
    }
    return done;
}

}  // namespace

cli::LocalWork local_work() {
    return {.verify_backup = infra::verify_backup_blocking,
            .list_backups = infra::list_backups_blocking,
            .restore_backup =
                [](std::filesystem::path data, std::filesystem::path file) {
                    infra::SystemClock clock;
                    return infra::restore_backup_blocking({.data_folder = std::move(data),
                                                           .file = std::move(file),
                                                           .made_by = std::string(kVersion),
                                                           .clock = clock});
                },
            .look = look,
            .fix = fix};
}

}  // namespace boternity::app
