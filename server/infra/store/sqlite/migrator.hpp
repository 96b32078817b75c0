#pragma once

#include "core/ports/clock.hpp"
#include "core/ports/log.hpp"
#include "infra/store/sqlite/data_folder.hpp"
#include "types/result.hpp"

#include <span>
#include <string>
#include <string_view>

namespace boternity::infra::store {

/// One step of the schema: migrations/NNNN_name.sql, known by the hash of its text.
struct Migration {
    int version = 0;
    std::string_view name{};
    std::string_view sql{};
};

/// All there are, in order of their numbers 1, 2, 3 and so on.
std::span<const Migration> migrations() noexcept;

struct MigrationPorts {
    core::Log& log;
    core::Clock& clock;
    std::string made_by{};        ///< of this program, for the backup
    std::string configuration{};  ///< the text of the configuration file, for the backup; empty without one
};

/// Brings the folder's database to the newest of `wanted`, making it if it is not there; answers its version.
///
/// Atomic   all steps that are missing commit together or not at all, whenever the process dies. A database
///          that held something is backed up first (see backup.hpp).
/// Checked  before the commit: integrity, foreign keys, and that no table that stays has fewer rows, unless
///          the step says `-- may shrink: TABLE` for it. After it the file is opened anew and checked again;
///          when that fails, the backup takes its place.
/// Errors   WrongState, with what to do, for a database that a newer version made, one whose past differs
///          from ours, another program's database and a file that is none; Unavailable and StorageFull.
Result<int> migrate_blocking(const DataFolder& folder, std::span<const Migration> wanted,
                             MigrationPorts ports);

}  // namespace boternity::infra::store
