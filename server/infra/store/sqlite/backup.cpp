#include "infra/store/sqlite/backup.hpp"

#include "infra/store/sqlite/errors.hpp"

#include <algorithm>
#include <charconv>
#include <map>
#include <string>
#include <system_error>
#include <vector>

namespace boternity::infra::store {
namespace {

using namespace sqlite_api;
namespace fs = std::filesystem;

// Counted apart for each schema: a change of the schema that fails at every start makes a backup each time,
// and those must not push out the ones that older versions can go back to.
constexpr std::size_t kKeptSchemas = 5;
constexpr std::size_t kKeptOfSchema = 2;

/// A backup as its name tells: <schema>-<time>.db.
struct Backup {
    fs::path path;
    int schema = 0;
    std::string time;
};

/// Newest first.
std::vector<Backup> backups_in(const fs::path& folder) {
    std::vector<Backup> found;
    std::error_code error;
    for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
        if (at->path().extension() != ".db") continue;
        const std::string name = at->path().stem().string();
        Backup backup{at->path(), 0, {}};
        const auto number = std::from_chars(name.data(), name.data() + name.size(), backup.schema);
        if (number.ec != std::errc{} || *number.ptr != '-') continue;
        backup.time = number.ptr + 1;
        found.push_back(std::move(backup));
    }
    std::sort(found.begin(), found.end(), [](const Backup& a, const Backup& b) { return a.time > b.time; });
    return found;
}

/// "20261123T093000.000000Z" of 2026-11-23T09:30:00.000000Z: sorts as the times do, and fits a file's name.
std::string compact(Timestamp at) {
    std::string text = at.text();
    std::erase_if(text, [](char c) { return c == '-' || c == ':'; });
    return text;
}

Status copy_database(sqlite3* from, const fs::path& to) {
    sqlite3* target = nullptr;
    int code = sqlite3_open_v2(to.c_str(), &target, SQLITE_OPEN_READWRITE, nullptr);
    if (code == SQLITE_OK) {
        if (sqlite3_backup* copy = sqlite3_backup_init(target, "main", from, "main")) {
            code = sqlite3_backup_step(copy, -1);
            const int finished = sqlite3_backup_finish(copy);
            if (code == SQLITE_DONE) code = finished;
        } else {
            code = sqlite3_errcode(target);
        }
    }
    const std::string why = target ? sqlite3_errmsg(target) : "out of memory";
    sqlite3_close(target);
    if (code == SQLITE_OK) return {};
    return fail((code & 0xff) == SQLITE_FULL ? ErrorCode::StorageFull : ErrorCode::Unavailable,
                "Cannot write the backup " + to.string() +
                    " that is made before the database is changed; check its folder and free space.",
                why);
}

void remove_oldest(const fs::path& folder) {
    std::map<int, std::size_t> kept;
    for (const Backup& backup : backups_in(folder)) {
        const bool wanted =
            kept.contains(backup.schema) ? kept[backup.schema] < kKeptOfSchema : kept.size() < kKeptSchemas;
        std::error_code ignored;  // tried again with the next backup
        if (wanted) {
            ++kept[backup.schema];
        } else {
            fs::remove(backup.path, ignored);
        }
    }
}

}  // namespace

Result<fs::path> backup_blocking(const DataFolder& folder, Connection& database, int schema, Timestamp now) {
    BOT_CHECK(make_private_folder_blocking(folder.backups()));
    fs::path target = folder.backups() / (std::to_string(schema) + "-" + compact(now) + ".db");
    const fs::path partial = fs::path(target).replace_extension(".partial");
    std::error_code error;
    fs::remove(partial, error);
    BOT_CHECK(make_private_file_blocking(partial));
    const Status copied = copy_database(handle_of(database.session()), partial);
    if (!copied) {
        fs::remove(partial, error);
        return fail(copied.error());
    }
    BOT_CHECK(sync_file_blocking(partial));
    fs::rename(partial, target, error);
    if (error)
        return fail(ErrorCode::Unavailable, "Cannot name the backup " + target.string() + ".",
                    error.message());
    BOT_CHECK(sync_folder_blocking(folder.backups()));
    remove_oldest(folder.backups());
    return target;
}

std::optional<fs::path> newest_backup_blocking(const DataFolder& folder, int schema) {
    for (const Backup& backup : backups_in(folder.backups())) {
        if (backup.schema <= schema) return backup.path;
    }
    return std::nullopt;
}

}  // namespace boternity::infra::store
