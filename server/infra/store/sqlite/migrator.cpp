#include "infra/store/sqlite/migrator.hpp"

#include "core/runtime/content_hash.hpp"
#include "infra/store/sqlite/backup.hpp"
#include "infra/store/sqlite/errors.hpp"
#include "infra/store/sqlite/migration_checks.hpp"
#include "infra/store/sqlite/open_connection.hpp"

#include <fmt/format.h>

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <utility>

namespace boternity::infra::store {
namespace {

using namespace sqlite_api;

// "Bote" in ASCII: says in the file's header whose database it is.
constexpr int kApplicationId = 0x426F7465;

struct Applied {
    std::string name;
    std::string hash;
};

/// What was found in a database: its steps by version; none in an empty one.
using History = std::map<int, Applied>;

std::unexpected<Error> refuse(std::string sentence, std::string detail = {}) {
    return fail(ErrorCode::WrongState, std::move(sentence), std::move(detail));
}

int number(Connection& db, Sql sql) {
    int value = 0;
    Query query = db.query(sql);
    query.into(value).next();
    return value;
}

History read_history(Connection& db) {
    History history;
    int version = 0;
    Applied applied;
    Query query = db.query("SELECT version, name, hash FROM schema_migrations ORDER BY version");
    query.into(version).into(applied.name).into(applied.hash);
    while (query.next()) history[version] = applied;
    return history;
}

/// The past of a database that is ours or empty.
Result<History> identify(const DataFolder& folder, Connection& db) {
    if (number(db, "PRAGMA application_id") == kApplicationId) return read_history(db);
    if (number(db, "SELECT COUNT(*) FROM sqlite_schema") == 0) return History{};
    return refuse(fmt::format("{} is the database of another program; move it away or choose another folder "
                              "with --data.",
                              folder.database().string()));
}

Status check_newer(const DataFolder& folder, const History& history, std::span<const Migration> wanted) {
    const int known = wanted.empty() ? 0 : wanted.back().version;
    const int found = history.empty() ? 0 : history.rbegin()->first;
    if (found <= known) return {};
    const auto backup = newest_backup_blocking(folder, known);
    const std::string file = folder.database().string();
    const std::string back =
        backup
            ? fmt::format(", or go back to the backup made before its update: boternity backup restore '{}' "
                          "--data '{}'",
                          backup->string(), folder.path().string())
            : std::string("; there is no backup of an older schema to go back to.");
    return refuse(
        fmt::format("{} was written by a newer Boternity (schema {}, this one knows {}). Install that "
                    "version again{}",
                    file, found, known, back));
}

Status check_past(const DataFolder& folder, const History& history, std::span<const Migration> wanted) {
    for (const Migration& migration : wanted) {
        const auto applied = history.find(migration.version);
        if (applied == history.end()) continue;
        if (applied->second.hash == core::content_hash(migration.sql)) continue;
        return refuse(fmt::format(
            "Schema step {} ({}) of {} differs from the one this Boternity carries, so it "
            "cannot tell what is in it. Install the version that made the database, or "
            "restore a backup from {}.",
            migration.version, applied->second.name, folder.database().string(), folder.backups().string()));
    }
    return {};
}

void execute_script(Connection& db, std::string_view script) {
    // The one place where SQL is run from text: migrations are compiled in and take nothing from outside.
    const std::string text(script);
    sqlite3* handle = handle_of(db.session());
    const int code = sqlite3_exec(handle, text.c_str(), nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) throw soci::sqlite3_soci_error(sqlite3_errmsg(handle), code);
}

void apply(Connection& db, const Migration& migration, Timestamp now) {
    execute_script(db, migration.sql);
    const std::string name(migration.name);
    const std::string hash = core::content_hash(migration.sql);
    db.query("INSERT INTO schema_migrations (version, name, hash, applied_at) VALUES (:version, :name, "
             ":hash, :at)")
        .with(migration.version)
        .with(name)
        .with(hash)
        .with(now)
        .run();
}

void apply_all(Connection& db, const History& history, std::span<const Migration> wanted, Timestamp now) {
    // Tables may be made anew while others refer to them; the check at the end makes up for it.
    db.run("PRAGMA foreign_keys = OFF");
    db.run("PRAGMA synchronous = FULL");
    db.run("BEGIN EXCLUSIVE");
    const RowCounts before = count_rows(db);
    db.run("PRAGMA application_id = 1114600549");
    db.run("CREATE TABLE IF NOT EXISTS schema_migrations (version INTEGER NOT NULL PRIMARY KEY,"
           " name TEXT NOT NULL, hash TEXT NOT NULL, applied_at INTEGER NOT NULL)");
    std::set<std::string> may_shrink;
    for (const Migration& migration : wanted) {
        if (history.contains(migration.version)) continue;
        apply(db, migration, now);
        may_shrink.merge(tables_that_may_shrink(migration.sql));
    }
    check_sound(db);
    check_no_rows_lost(before, count_rows(db), may_shrink);
    db.run("COMMIT");
}

constexpr std::string_view kWhatToDo =
    "Install the version that made it, and report this with the server's log.";

std::unexpected<Error> not_migrated(const DataFolder& folder, int from, int to, std::string detail) {
    return refuse(
        fmt::format("{} could not be brought from schema {} to {}, and nothing of it was changed. {}",
                    folder.database().string(), from, to, kWhatToDo),
        std::move(detail));
}

/// The committed file, read anew: what another connection sees is what every later start will see.
std::optional<std::string> fault_of(const DataFolder& folder, std::span<const Migration> wanted) {
    std::unique_ptr<Connection> db;
    try {
        db = open_plain_blocking(folder.database());
        check_sound(*db);
        if (read_history(*db).size() != wanted.size()) return "steps are missing";
        return std::nullopt;
    } catch (const soci::soci_error& thrown) {
        return thrown.get_error_message();
    }
}

struct Step {
    int from = 0;
    int to = 0;
};

Result<core::Backup> back_up(const DataFolder& folder, Connection& db, Step step,
                             const MigrationPorts& ports) {
    BackupFacts facts{.reason = core::BackupReason::Upgrade,
                      .schema = step.from,
                      .made_by = ports.made_by,
                      .made_at = ports.clock.now(),
                      .configuration = ports.configuration};
    auto made = make_backup_blocking(folder.backups(), db, facts, {},
                                     [](std::int64_t, std::int64_t) { return true; });
    if (!made && made.error().code == ErrorCode::WrongState)
        return refuse(
            fmt::format("{} is damaged, so it is not brought from schema {} to {}. Restore a backup with "
                        "`boternity backup restore`; {} holds them.",
                        folder.database().string(), step.from, step.to, folder.backups().string()),
            made.error().detail);
    if (made)
        ports.log.write(core::LogLevel::Info, "store_backup_made",
                        {{"file", (folder.backups() / (made->name + ".db")).string()}});
    return made;
}

/// What `check_committed` finds is put right before anybody is served.
Status check_committed(const DataFolder& folder, Step step, const std::optional<core::Backup>& backup,
                       std::span<const Migration> wanted) {
    const auto fault = fault_of(folder, wanted);
    if (!fault) return {};
    if (!backup)
        return refuse(
            fmt::format("The new database {} is not sound; check the disk, move the file away and start "
                        "again.",
                        folder.database().string()),
            *fault);
    const auto file = folder.backups() / (backup->name + ".db");
    if (auto back = swap_in_blocking(folder, file); !back)
        return refuse(
            fmt::format("{} is not sound after the step from schema {} to {}, and the backup could not be "
                        "put back. Free some space and run `boternity backup restore '{}' --data '{}'`.",
                        folder.database().string(), step.from, step.to, file.string(),
                        folder.path().string()),
            *fault + "; " + back.error().message);
    return not_migrated(folder, step.from, step.to, *fault);
}

Result<int> migrate(const DataFolder& folder, std::span<const Migration> wanted, const MigrationPorts& ports,
                    std::unique_ptr<Connection>& db) {
    BOT_TRY(history, identify(folder, *db));
    BOT_CHECK(check_newer(folder, history, wanted));
    BOT_CHECK(check_past(folder, history, wanted));
    const Step step{.from = history.empty() ? 0 : history.rbegin()->first,
                    .to = wanted.empty() ? 0 : wanted.back().version};
    if (step.from == step.to) return step.to;
    std::optional<core::Backup> backup;
    if (step.from > 0) {
        BOT_TRY(made, back_up(folder, *db, step, ports));
        backup = std::move(made);
    }
    try {
        apply_all(*db, history, wanted, ports.clock.now());
    } catch (const soci::soci_error& thrown) {
        // The transaction goes with the connection: nothing of it stays.
        Failure failure = failure_of(thrown, db->session());
        if (failure.damage != Damage::None) throw;
        return not_migrated(folder, step.from, step.to, failure.error.detail);
    }
    db.reset();
    BOT_CHECK(check_committed(folder, step, backup, wanted));
    ports.log.write(core::LogLevel::Info, "store_migrated",
                    {{"from", std::to_string(step.from)}, {"to", std::to_string(step.to)}});
    return step.to;
}

}  // namespace

Result<int> migrate_blocking(const DataFolder& folder, std::span<const Migration> wanted,
                             MigrationPorts ports) {
    BOT_CHECK(make_private_file_blocking(folder.database()));
    BOT_CHECK(sync_folder_blocking(folder.path()));
    std::unique_ptr<Connection> db;
    try {
        db = open_plain_blocking(folder.database());
        return migrate(folder, wanted, ports, db);
    } catch (const soci::soci_error& thrown) {
        Failure failure = db ? failure_of(thrown, db->session()) : Failure{internal_error(thrown.what())};
        if (failure.damage == Damage::Corrupt || failure.error.code == ErrorCode::Internal) {
            return refuse(fmt::format("{} cannot be read as a database: it is damaged or no database at all. "
                                      "Restore a backup from {} over it, or move it away to start empty.",
                                      folder.database().string(), folder.backups().string()),
                          failure.error.detail);
        }
        return fail(std::move(failure.error));
    }
}

}  // namespace boternity::infra::store
