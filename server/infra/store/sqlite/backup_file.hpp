#pragma once

#include "core/ports/backups.hpp"
#include "infra/store/sqlite/migrator.hpp"
#include "types/result.hpp"
#include "types/time.hpp"

#include <soci/sqlite3/soci-sqlite3.h>

#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace boternity::infra::store {

/// A backup is the database as one file that any SQLite opens, with a table `backup_facts` (name, value) and,
/// behind its last page, one line with the sha256 of all before it: a cell that changed on a disk years later
/// is otherwise just another text.

/// What a backup says of itself. Never a token or a key: those are in neither of its sources.
struct BackupFacts {
    core::BackupReason reason = core::BackupReason::Asked;
    int schema = 0;
    std::string made_by{};
    Timestamp made_at{};
    std::string configuration{};  ///< the text of the configuration file; empty without one
};

/// Told after each piece; false gives up.
using CopyProgress = std::function<bool(std::int64_t done_bytes, std::int64_t total_bytes)>;

/// Writes what `source` sees into `target`, which is there and empty, and makes it durable. Cancelled when
/// `progress` gave up, StorageFull, Unavailable; `target` is then to be removed.
Status write_backup_blocking(sqlite_api::sqlite3* source, const std::filesystem::path& target,
                             const BackupFacts& facts, const CopyProgress& progress);

/// Opens a backup and reads all of it: its checksum, integrity_check, foreign_key_check, and that its schema
/// is one that `known` leads to (any, when that is empty). Writes nothing. WrongState, in one sentence, for
/// one that is not sound.
Result<core::BackupCheck> check_backup_blocking(const std::filesystem::path& file,
                                                std::span<const Migration> known);

/// Only what it says of itself, for lists: nothing else is checked.
Result<BackupFacts> read_facts_blocking(const std::filesystem::path& file);

/// All of a folder with what they say of themselves, newest first.
std::vector<core::Backup> list_backups_blocking(const std::filesystem::path& folder);

/// Bytes of the database in it, without the line at the end. As check_backup_blocking, but of the first and
/// last bytes alone.
Result<std::int64_t> database_bytes_blocking(const std::filesystem::path& file);

}  // namespace boternity::infra::store
