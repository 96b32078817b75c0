#include "app/local_work.hpp"

#include "app/version.hpp"
#include "infra/clock/system_clock.hpp"
#include "infra/store/sqlite_restore.hpp"

#include <string>
#include <utility>

namespace boternity::app {

cli::LocalWork local_work() {
    return {.verify_backup = infra::verify_backup_blocking,
            .list_backups = infra::list_backups_blocking,
            .restore_backup = [](std::filesystem::path data, std::filesystem::path file) {
                infra::SystemClock clock;
                return infra::restore_backup_blocking({.data_folder = std::move(data),
                                                       .file = std::move(file),
                                                       .made_by = std::string(kVersion),
                                                       .clock = clock});
            }};
}

}  // namespace boternity::app
