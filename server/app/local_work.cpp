#include "app/local_work.hpp"

#include "app/machine.hpp"
#include "app/process_facts.hpp"
#include "app/version.hpp"
#include "infra/clock/system_clock.hpp"
#include "infra/machine/machine_checks.hpp"
#include "infra/store/sqlite_restore.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace boternity::app {

namespace {

/// The port that `boternity serve` takes when nobody says otherwise.
constexpr std::uint16_t kUsualPort = 7420;

std::vector<std::unique_ptr<core::Check>> checks_of(const std::filesystem::path& data,
                                                    const core::Clock& clock) {
    auto checks = machine_checks(data, default_model_folder(), infra::Holder::Nobody, clock);
    checks.push_back(infra::port_check(kUsualPort));
    return checks;
}

std::vector<core::Finding> look(const std::filesystem::path& data) {
    const infra::SystemClock clock;
    std::vector<core::Finding> findings;
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
