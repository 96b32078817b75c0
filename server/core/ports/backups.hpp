#pragma once

#include "core/ports/receipts.hpp"
#include "core/runtime/task.hpp"
#include "types/result.hpp"
#include "types/time.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace boternity::core {

/// Why a backup was made; each kind is kept and thinned out by itself.
enum class BackupReason {
    Asked,    ///< by a person or a program
    Upgrade,  ///< before the schema was changed
    Restore,  ///< before another backup took its place
};

/// One backup as its file tells.
struct Backup {
    std::string name;  ///< <schema>-<time>-<reason>; its file is that with .db in the folder of backups
    BackupReason reason = BackupReason::Asked;
    int schema = 0;
    std::string made_by{};  ///< the version of Boternity; empty when the file does not tell
    Timestamp made_at{};
    std::int64_t size_bytes = 0;
    bool operator==(const Backup&) const = default;
};

/// What opening a backup and reading all of it has shown. There is one only of a sound backup.
struct BackupCheck {
    Backup backup;
    bool has_configuration = false;
    std::int64_t bots = 0;
    std::int64_t sessions = 0;
    std::int64_t messages = 0;
    std::int64_t runs = 0;
};

/// How far the making of a backup is. `made` is set once it is whole, checked and durable.
struct BackupStep {
    std::int64_t done_bytes = 0;
    std::int64_t total_bytes = 0;
    std::optional<Backup> made{};
};

/// A backup that is being made. Destroying it before its end gives it up and leaves nothing behind.
class BackupWork {
public:
    virtual ~BackupWork() = default;

    /// The next step that differs from the last, and no later than `deadline`: then DeadlineExceeded, and it
    /// may be called again. Cancelled on a stop request. After `made` or another error it must not be called.
    virtual Task<Result<BackupStep>> next(Deadline deadline, std::stop_token stop) = 0;
};

/// The backups of everything the platform keeps, each one file.
///
/// Threads  any. Bound  one is made or verified at a time: another one is Unavailable meanwhile.
/// Errors   StorageFull; Unavailable (the folder cannot be used); NotFound for a name that is none.
class BackupArchive {
public:
    virtual ~BackupArchive() = default;

    /// Copies the state of this moment while writes go on. The same mutation again answers what it made.
    virtual Task<Result<std::unique_ptr<BackupWork>>> begin(Mutation mutation) = 0;

    /// Newest first. Bounded by how many are kept.
    virtual Task<Result<std::vector<Backup>>> list() = 0;

    /// Reads all of it. WrongState, saying what is wrong, for one that could not be restored.
    virtual Task<Result<BackupCheck>> verify(std::string name) = 0;

    virtual Task<Result<Backup>> remove(std::string name, Mutation mutation) = 0;
};

}  // namespace boternity::core
