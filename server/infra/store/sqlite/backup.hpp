#pragma once

#include "infra/store/soci/connection.hpp"
#include "infra/store/sqlite/data_folder.hpp"
#include "types/result.hpp"
#include "types/time.hpp"

#include <filesystem>
#include <optional>

namespace boternity::infra::store {

/// Copies the whole database, whatever is being done with it, into backups/<schema>-<time>.db and answers
/// that path. The copy is complete and durable when it has that name. Kept are the newest 2 of
/// each of the 5 schemas that were backed up last.
Result<std::filesystem::path> backup_blocking(const DataFolder& folder, Connection& database, int schema,
                                              Timestamp now);

/// The newest backup whose schema is at most `schema`.
std::optional<std::filesystem::path> newest_backup_blocking(const DataFolder& folder, int schema);

}  // namespace boternity::infra::store
