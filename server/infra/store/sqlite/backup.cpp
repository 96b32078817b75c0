#include "infra/store/sqlite/backup.hpp"

#include "infra/store/sqlite/backup_names.hpp"
#include "infra/store/sqlite/errors.hpp"

#include <fmt/format.h>
#include <sys/statvfs.h>

#include <string>
#include <system_error>

namespace boternity::infra::store {
namespace {

namespace fs = std::filesystem;

// What must be left for the server's own writes while the copy grows.
constexpr std::uint64_t kSpareBytes = 16 * 1024 * 1024;

/// Refused before it begins: a copy that fills the disk would stop the server's writes until it is removed.
Status check_room(const fs::path& backups, Connection& database) {
    long long bytes = 0;
    Query query = database.query("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size");
    query.into(bytes).next();
    struct statvfs disk{};
    if (::statvfs(backups.c_str(), &disk) != 0) return {};
    const std::uint64_t free = static_cast<std::uint64_t>(disk.f_bavail) * disk.f_frsize;
    if (free >= static_cast<std::uint64_t>(bytes) + kSpareBytes) return {};
    return fail(
        ErrorCode::StorageFull,
        fmt::format("A backup needs {} MiB in {} and {} are free; free some space, or remove old backups "
                    "with `boternity backup remove`.",
                    (static_cast<std::uint64_t>(bytes) + kSpareBytes) >> 20, backups.string(), free >> 20));
}

Status rename_durably(const fs::path& from, const fs::path& to) {
    std::error_code error;
    fs::rename(from, to, error);
    if (error)
        return fail(ErrorCode::Unavailable,
                    fmt::format("Cannot name the backup {}; check its folder.", to.string()),
                    error.message());
    return sync_folder_blocking(to.parent_path());
}

}  // namespace

Result<core::Backup> make_backup_blocking(const fs::path& backups, Connection& database,
                                          const BackupFacts& facts, std::span<const Migration> known,
                                          const CopyProgress& progress) {
    BOT_CHECK(make_private_folder_blocking(backups));
    BOT_CHECK(check_room(backups, database));
    const std::string name = backup_name(facts.schema, facts.made_at, facts.reason);
    const fs::path target = backups / (name + ".db");
    const fs::path partial = backups / (name + ".partial");
    std::error_code ignored;
    fs::remove(partial, ignored);
    BOT_CHECK(make_private_file_blocking(partial));
    const Status written = write_backup_blocking(handle_of(database.session()), partial, facts, progress);
    auto checked = written ? check_backup_blocking(partial, known)
                           : Result<core::BackupCheck>(std::unexpected(written.error()));
    if (!checked) {
        fs::remove(partial, ignored);
        return std::unexpected(std::move(checked).error());
    }
    BOT_CHECK(rename_durably(partial, target));
    thin_out_blocking(backups);
    checked->backup.name = name;
    return std::move(checked->backup);
}

std::optional<fs::path> newest_backup_blocking(const DataFolder& folder, int schema) {
    for (const auto& backup : backups_in_blocking(folder.backups())) {
        if (backup.schema <= schema) return folder.backups() / (backup.name + ".db");
    }
    return std::nullopt;
}

}  // namespace boternity::infra::store
