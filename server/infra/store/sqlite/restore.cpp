#include "infra/store/sqlite/backup.hpp"
#include "infra/store/sqlite/backup_names.hpp"
#include "infra/store/sqlite/errors.hpp"
#include "infra/store/sqlite/file_digest.hpp"
#include "infra/store/sqlite/open_connection.hpp"

#include <fmt/format.h>

#include <array>
#include <string>
#include <system_error>

namespace boternity::infra::store {
namespace {

namespace fs = std::filesystem;

constexpr std::array<const char*, 3> kBeside{"-wal", "-shm", "-journal"};

fs::path beside(const fs::path& file, const char* suffix) {
    return {file.string() + suffix};
}

/// The schema of a database that is there; 0 of an empty one. Throws for what is none.
int schema_of(Connection& db) {
    int found = 0;
    {
        Query query = db.query("SELECT COUNT(*) FROM sqlite_schema WHERE name = 'schema_migrations'");
        query.into(found).next();
    }
    if (found == 0) return 0;
    int version = 0;
    Query query = db.query("SELECT COALESCE(MAX(version), 0) FROM schema_migrations");
    query.into(version).next();
    return version;
}

/// Makes the main file all there is of the database: a WAL that outlived it would be read into the next one.
/// False for a database that cannot be read.
Result<bool> keep_sound(const DataFolder& folder, BackupFacts facts) {
    try {
        const auto db = open_plain_blocking(folder.database());
        // Until it is known to be sound, nothing of it is to be changed.
        sqlite_api::sqlite3_db_config(handle_of(db->session()), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
        facts.schema = schema_of(*db);
        if (facts.schema > 0) {
            facts.reason = core::BackupReason::Restore;
            // Of any schema: a newer one is what is gone back from.
            auto kept = make_backup_blocking(folder.backups(), *db, facts, {},
                                             [](std::int64_t, std::int64_t) { return true; });
            // What is not sound is kept as it is; only what hinders any keeping ends the restoring.
            if (!kept && kept.error().code != ErrorCode::WrongState) return fail(std::move(kept).error());
            if (!kept) return false;
        }
        std::string mode;
        {
            Query query = db->query("PRAGMA journal_mode = DELETE");
            query.into(mode).next();
        }
        return mode == "delete";
    } catch (const soci::soci_error&) {
        return false;
    }
}

/// Copies the files of a database that cannot be read, byte by byte, then lets go of what stands beside it.
Status keep_damaged(const DataFolder& folder, Timestamp now) {
    std::string time = now.text();
    std::erase_if(time, [](char c) { return c == '-' || c == ':'; });
    BOT_CHECK(make_private_folder_blocking(folder.backups()));
    const auto keep = [&](const fs::path& from, const std::string& suffix) -> Status {
        std::error_code none;
        if (!fs::exists(fs::symlink_status(from, none))) return {};
        const fs::path to = folder.backups() / ("damaged-" + time + ".db" + suffix);
        BOT_TRY(opened, PlainFile::open_blocking(from));
        BOT_CHECK(make_private_file_blocking(to));
        return opened.copy_blocking(opened.size(), to);
    };
    BOT_CHECK(keep(folder.database(), {}));
    for (const char* suffix : kBeside) BOT_CHECK(keep(beside(folder.database(), suffix), suffix));
    BOT_CHECK(sync_folder_blocking(folder.backups()));
    return {};
}

/// The database alone, without the line behind it and the facts in it.
Status unwrap(const fs::path& backup, const fs::path& fresh) {
    BOT_TRY(pages, database_bytes_blocking(backup));
    BOT_TRY(opened, PlainFile::open_blocking(backup));
    BOT_CHECK(make_private_file_blocking(fresh));
    BOT_CHECK(opened.copy_blocking(pages, fresh));
    try {
        const auto db = open_plain_blocking(fresh);
        db->run("PRAGMA journal_mode = MEMORY");
        db->run("PRAGMA synchronous = FULL");
        db->run("DROP TABLE backup_facts");
    } catch (const soci::soci_error& thrown) {
        return fail(ErrorCode::Unavailable,
                    fmt::format("Cannot write {}; check the disk and its free space.", fresh.string()),
                    thrown.get_error_message());
    }
    return sync_file_blocking(fresh);
}

Status put_in_place(const DataFolder& folder, const fs::path& fresh) {
    std::error_code error;
    for (const char* suffix : kBeside) fs::remove(beside(folder.database(), suffix), error);
    // Gone for good before the new file has the name: nobody may find it beside their WAL.
    BOT_CHECK(sync_folder_blocking(folder.path()));
    fs::rename(fresh, folder.database(), error);
    if (error)
        return fail(ErrorCode::Unavailable,
                    fmt::format("Cannot put the backup in place of {}; check the folder.",
                                folder.database().string()),
                    error.message());
    return sync_folder_blocking(folder.path());
}

fs::path fresh_file(const DataFolder& folder) {
    return folder.path() / "boternity.db.restoring";
}

Status start_fresh(const DataFolder& folder) {
    std::error_code none;
    fs::remove(fresh_file(folder), none);
    return make_private_file_blocking(fresh_file(folder));
}

Status give_up(const DataFolder& folder, Error error) {
    std::error_code ignored;
    fs::remove(fresh_file(folder), ignored);
    return fail(std::move(error));
}

}  // namespace

Result<core::BackupCheck> restore_blocking(const DataFolder& folder, const fs::path& backup,
                                           BackupFacts facts, std::span<const Migration> known) {
    BOT_TRY(checked, check_backup_blocking(backup, known));
    BOT_CHECK(start_fresh(folder));
    if (auto unwrapped = unwrap(backup, fresh_file(folder)); !unwrapped) {
        BOT_CHECK(give_up(folder, unwrapped.error()));
    }
    std::error_code none;
    if (fs::exists(fs::symlink_status(folder.database(), none))) {
        const auto sound = keep_sound(folder, facts);
        if (!sound) BOT_CHECK(give_up(folder, sound.error()));
        if (!*sound) {
            if (auto kept = keep_damaged(folder, facts.made_at); !kept)
                BOT_CHECK(give_up(folder, kept.error()));
        }
    }
    BOT_CHECK(put_in_place(folder, fresh_file(folder)));
    return std::move(checked);
}

Status swap_in_blocking(const DataFolder& folder, const fs::path& backup) {
    BOT_CHECK(start_fresh(folder));
    if (auto unwrapped = unwrap(backup, fresh_file(folder)); !unwrapped)
        return give_up(folder, unwrapped.error());
    return put_in_place(folder, fresh_file(folder));
}

}  // namespace boternity::infra::store
