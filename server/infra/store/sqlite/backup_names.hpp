#pragma once

#include "core/ports/backups.hpp"
#include "core/runtime/names.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace boternity::infra::store {

inline constexpr core::Names<core::BackupReason, 3> kBackupReasons{
    {{core::BackupReason::Asked, "asked"},
     {core::BackupReason::Upgrade, "upgrade"},
     {core::BackupReason::Restore, "restore"}}};

/// How many are kept. Counted apart for each schema before an upgrade: a change of the schema that fails at
/// every start makes a backup each time, and those must not push out the ones that older versions can go
/// back to.
inline constexpr std::size_t kKeptAsked = 10;
inline constexpr std::size_t kKeptRestores = 3;
inline constexpr std::size_t kKeptSchemas = 5;
inline constexpr std::size_t kKeptOfSchema = 2;

/// "1-20261123T093000.000000Z-asked". Its parts sort as the times do, and fit a file's name.
std::string backup_name(int schema, Timestamp made_at, core::BackupReason reason);

/// The backup of that name, as far as the name tells; nothing for what is no such name.
std::optional<core::Backup> parse_backup_name(std::string_view name);

/// By their names and sizes, newest first. What else lies in the folder is left out.
std::vector<core::Backup> backups_in_blocking(const std::filesystem::path& folder);

/// Removes what is more than the numbers above allow, and what a process that died had begun.
void thin_out_blocking(const std::filesystem::path& folder);

}  // namespace boternity::infra::store
