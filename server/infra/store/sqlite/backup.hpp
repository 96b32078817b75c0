#pragma once

#include "infra/store/soci/connection.hpp"
#include "infra/store/sqlite/backup_file.hpp"
#include "infra/store/sqlite/data_folder.hpp"
#include "types/result.hpp"

#include <filesystem>
#include <optional>

namespace boternity::infra::store {

/// Copies what `database` sees, whatever is being done with it meanwhile, into a file of `backups`. It is
/// whole, checked by opening it, and durable when it has its name; until then it is called `.partial`. Those
/// that are too many are removed then.
Result<core::Backup> make_backup_blocking(const std::filesystem::path& backups, Connection& database,
                                          const BackupFacts& facts, std::span<const Migration> known,
                                          const CopyProgress& progress);

/// The newest backup whose schema is at most `schema`.
std::optional<std::filesystem::path> newest_backup_blocking(const DataFolder& folder, int schema);

/// Puts the database of a backup in place of the folder's, in one rename: whenever the process dies, the
/// folder holds the old database or the new one, whole. Both are checked and durable before. The old one is
/// kept as a backup when it can be read, else as the files DATA/backups/damaged-<time>.db*.
///
/// `facts` are those of the backup that is made of the old one; its schema and reason are set here.
Result<core::BackupCheck> restore_blocking(const DataFolder& folder, const std::filesystem::path& backup,
                                           BackupFacts facts, std::span<const Migration> known);

/// The last part of it, for an upgrade that went wrong: what is there now is not kept.
Status swap_in_blocking(const DataFolder& folder, const std::filesystem::path& backup);

}  // namespace boternity::infra::store
