#pragma once

#include "core/ports/backups.hpp"
#include "core/ports/clock.hpp"
#include "types/result.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace boternity::infra {

/// What is done with backups while no server runs. Writes nothing but what it says.

/// Reads all of one file. WrongState, in one sentence, for one that is not sound.
Result<core::BackupCheck> verify_backup_blocking(const std::filesystem::path& file);

/// The backups of a data folder, newest first.
std::vector<core::Backup> list_backups_blocking(const std::filesystem::path& data_folder);

struct RestoreOptions {
    std::filesystem::path data_folder;  ///< made when it is not there
    std::filesystem::path file;
    std::string made_by{};  ///< the version of this program
    core::Clock& clock;
};

/// Puts a backup in place of the data folder's database, which is kept as a backup. Unavailable while a
/// server holds the folder. See restore_blocking in sqlite/backup.hpp for what a crash leaves.
Result<core::BackupCheck> restore_backup_blocking(const RestoreOptions& options);

}  // namespace boternity::infra
