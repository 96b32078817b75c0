#include "infra/store/sqlite/backup_file.hpp"

#include "core/runtime/content_hash.hpp"
#include "infra/store/sqlite/backup_names.hpp"
#include "infra/store/sqlite/errors.hpp"
#include "infra/store/sqlite/file_digest.hpp"
#include "infra/store/sqlite/open_connection.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <string_view>

namespace boternity::infra::store {
namespace {

using namespace sqlite_api;
namespace fs = std::filesystem;

constexpr int kPagesAtOnce = 2048;
constexpr std::string_view kSeal = "boternity-backup-1 ";
constexpr std::size_t kSealLength = 19 + 7 + 64 + 1;
constexpr std::string_view kMagic{"SQLite format 3\0", 16};
constexpr std::size_t kHeader = 100;

std::unexpected<Error> unsound(const fs::path& file, std::string_view what, std::string detail = {}) {
    return fail(ErrorCode::WrongState, fmt::format("{} {}", file.string(), what), std::move(detail));
}

std::unexpected<Error> not_written(const fs::path& file, int code, std::string why) {
    return fail((code & 0xff) == SQLITE_FULL ? ErrorCode::StorageFull : ErrorCode::Unavailable,
                fmt::format("Cannot write the backup {}; check its folder and free space.", file.string()),
                std::move(why));
}

Status copy_pages(sqlite3* from, const fs::path& target, const CopyProgress& progress) {
    sqlite3* to = nullptr;
    int code = sqlite3_open_v2(target.c_str(), &to, SQLITE_OPEN_READWRITE | SQLITE_OPEN_EXRESCODE, nullptr);
    bool wanted = true;
    if (code == SQLITE_OK) {
        // Whoever opens it later sees it whole or under no name at all: it needs no journal of its own.
        sqlite3_exec(to, "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF", nullptr, nullptr, nullptr);
        if (sqlite3_backup* copy = sqlite3_backup_init(to, "main", from, "main")) {
            while (wanted && (code = sqlite3_backup_step(copy, kPagesAtOnce)) == SQLITE_OK) {
                constexpr std::int64_t kPage = 4096;
                const std::int64_t total = sqlite3_backup_pagecount(copy) * kPage;
                wanted = progress(total - sqlite3_backup_remaining(copy) * kPage, total);
            }
            const int finished = sqlite3_backup_finish(copy);
            if (code == SQLITE_DONE) code = finished;
        } else {
            code = sqlite3_errcode(to);
        }
    }
    const std::string why = to ? sqlite3_errmsg(to) : "out of memory";
    sqlite3_close(to);
    if (!wanted) return fail(ErrorCode::Cancelled, "The backup was given up.");
    if (code == SQLITE_OK) return {};
    return not_written(target, code, why);
}

/// Bytes 18 and 19 of the header tell that a WAL belongs to it; none does, and so opening it makes no files.
Status forget_the_wal(const fs::path& target) {
    const int file = ::open(target.c_str(), O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
    if (file < 0) return not_written(target, SQLITE_CANTOPEN, "open");
    const bool done = ::pwrite(file, "\1\1", 2, 18) == 2;
    ::close(file);
    if (!done) return not_written(target, SQLITE_IOERR, "pwrite");
    return {};
}

void write_facts(Connection& db, const BackupFacts& facts) {
    db.run("PRAGMA journal_mode = MEMORY");
    db.run("BEGIN EXCLUSIVE");
    db.run("DROP TABLE IF EXISTS backup_facts");
    db.run("CREATE TABLE backup_facts (name TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL)");
    const auto put = [&](const std::string& name, const std::string& value) {
        db.query("INSERT INTO backup_facts (name, value) VALUES (:name, :value)")
            .with(name)
            .with(value)
            .run();
    };
    put("reason", std::string(kBackupReasons.of(facts.reason)));
    put("schema", std::to_string(facts.schema));
    put("made_by", facts.made_by);
    put("made_at", std::to_string(facts.made_at.micros));
    if (!facts.configuration.empty()) put("configuration", facts.configuration);
    db.run("COMMIT");
}

/// Appends the line with the sum of all before it, and makes the file durable.
Status seal(const fs::path& target) {
    std::string line(kSeal);
    {
        BOT_TRY(written, PlainFile::open_blocking(target));
        BOT_TRY(digest, written.digest_blocking(written.size()));
        line += digest + "\n";
    }
    const int file = ::open(target.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC | O_NOFOLLOW);
    if (file < 0) return not_written(target, SQLITE_CANTOPEN, "open");
    const bool done =
        ::write(file, line.data(), line.size()) == static_cast<ssize_t>(line.size()) && ::fsync(file) == 0;
    const int error = errno;
    ::close(file);
    if (!done) return not_written(target, error == ENOSPC ? SQLITE_FULL : SQLITE_IOERR, "write or fsync");
    return {};
}

std::string fact(Connection& db, const std::string& name) {
    std::string value;
    Query query = db.query("SELECT value FROM backup_facts WHERE name = :name");
    query.with(name).into(value);
    return query.next() ? value : std::string();
}

std::int64_t number_in(const std::string& text) {
    std::int64_t value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

BackupFacts facts_in(Connection& db) {
    return {.reason = kBackupReasons.from(fact(db, "reason")).value_or(core::BackupReason::Asked),
            .schema = static_cast<int>(number_in(fact(db, "schema"))),
            .made_by = fact(db, "made_by"),
            .made_at = {number_in(fact(db, "made_at"))},
            .configuration = fact(db, "configuration")};
}

long long count(Connection& db, Sql sql) {
    long long value = 0;
    Query query = db.query(sql);
    query.into(value);
    return query.next() ? value : 0;
}

Status check_content(Connection& db, const fs::path& file) {
    std::string said;
    {
        Query query = db.query("SELECT integrity_check FROM pragma_integrity_check LIMIT 1");
        query.into(said).next();
    }
    if (said != "ok") return unsound(file, "is damaged; use another backup.", said);
    if (count(db, "SELECT COUNT(*) FROM pragma_foreign_key_check") != 0)
        return unsound(file, "holds rows that refer to nothing; use another backup.");
    return {};
}

Status check_schema(Connection& db, const fs::path& file, const BackupFacts& facts,
                    std::span<const Migration> known) {
    if (known.empty()) return {};
    const auto newest = count(db, "SELECT MAX(version) FROM schema_migrations");
    const int ours = known.back().version;
    if (newest > ours) {
        const std::string name = fs::absolute(file).lexically_normal().string();
        return unsound(
            file, fmt::format("was made by a newer Boternity ({}, schema {}; this one knows {}). Install "
                              "that version and run `boternity backup restore '{}'` with it.",
                              facts.made_by.empty() ? "unknown" : facts.made_by, newest, ours, name));
    }
    int version = 0;
    std::string hash;
    Query query = db.query("SELECT version, hash FROM schema_migrations ORDER BY version");
    query.into(version).into(hash);
    for (const Migration& step : known) {
        if (!query.next()) break;
        if (version != step.version || hash != core::content_hash(step.sql))
            return unsound(file,
                           fmt::format("has another schema step {} than this Boternity; restore it with "
                                       "Boternity {}.",
                                       step.version, facts.made_by));
    }
    return {};
}

/// Turns what SOCI throws into one sentence about the file.
template <class Call>
auto guarded(const fs::path& file, Call call) -> decltype(call()) {
    try {
        return call();
    } catch (const soci::soci_error& thrown) {
        return unsound(file, "is damaged; use another backup.", thrown.get_error_message());
    }
}

}  // namespace

Status write_backup_blocking(sqlite3* source, const fs::path& target, const BackupFacts& facts,
                             const CopyProgress& progress) {
    BOT_CHECK(copy_pages(source, target, progress));
    BOT_CHECK(forget_the_wal(target));
    try {
        const auto db = open_plain_blocking(target);
        write_facts(*db, facts);
    } catch (const soci::sqlite3_soci_error& thrown) {
        return not_written(target, thrown.result(), thrown.get_error_message());
    } catch (const soci::soci_error& thrown) {
        return not_written(target, SQLITE_IOERR, thrown.get_error_message());
    }
    return seal(target);
}

Result<std::int64_t> database_bytes_blocking(const fs::path& file) {
    BOT_TRY(opened, PlainFile::open_blocking(file));
    BOT_TRY(head, opened.read_blocking(0, kHeader));
    if (head.size() < kHeader || !std::string_view(head).starts_with(kMagic))
        return unsound(file, "is no database; name a file that `boternity backup create` made.");
    if (head.compare(68, 4, "Bote") != 0)
        return unsound(
            file, "is the database of another program; name a file that `boternity backup create` made.");
    const std::int64_t pages = opened.size() - static_cast<std::int64_t>(kSealLength);
    BOT_TRY(line, opened.read_blocking(std::max<std::int64_t>(pages, 0), kSealLength));
    if (!line.starts_with(kSeal) || !line.ends_with('\n'))
        return unsound(file, "is cut short or no backup: its last line is missing. Name a whole file that "
                             "`boternity backup create` made.");
    return pages;
}

Result<core::BackupCheck> check_backup_blocking(const fs::path& file, std::span<const Migration> known) {
    BOT_TRY(pages, database_bytes_blocking(file));
    {
        BOT_TRY(opened, PlainFile::open_blocking(file));
        BOT_TRY(line, opened.read_blocking(pages, kSealLength));
        BOT_TRY(digest, opened.digest_blocking(pages));
        if (line != std::string(kSeal) + digest + "\n")
            return unsound(file,
                           "has changed since it was made (its sha256 is another); use another backup.");
    }
    return guarded(file, [&]() -> Result<core::BackupCheck> {
        const auto db = open_unchanging_blocking(file);
        BOT_CHECK(check_content(*db, file));
        const BackupFacts facts = facts_in(*db);
        BOT_CHECK(check_schema(*db, file, facts, known));
        core::BackupCheck check{.backup = {.name = file.stem().string(),
                                           .reason = facts.reason,
                                           .schema = facts.schema,
                                           .made_by = facts.made_by,
                                           .made_at = facts.made_at,
                                           .size_bytes = pages + static_cast<std::int64_t>(kSealLength)},
                                .has_configuration = !facts.configuration.empty()};
        // What the newest schema is known to have; an older one may lack it.
        if (count(*db,
                  "SELECT COUNT(*) FROM sqlite_schema WHERE name IN ('bots', 'sessions', 'messages', 'runs')"
                  " AND type = 'table'") == 4) {
            check.bots = count(*db, "SELECT COUNT(*) FROM bots WHERE state <> 'deleted'");
            check.sessions = count(*db, "SELECT COUNT(*) FROM sessions");
            check.messages = count(*db, "SELECT COUNT(*) FROM messages");
            check.runs = count(*db, "SELECT COUNT(*) FROM runs");
        }
        return check;
    });
}

Result<BackupFacts> read_facts_blocking(const fs::path& file) {
    BOT_CHECK(database_bytes_blocking(file));
    return guarded(file, [&]() -> Result<BackupFacts> {
        const auto db = open_unchanging_blocking(file);
        return facts_in(*db);
    });
}

std::vector<core::Backup> list_backups_blocking(const fs::path& folder) {
    auto backups = backups_in_blocking(folder);
    for (auto& backup : backups) {
        if (auto facts = read_facts_blocking(folder / (backup.name + ".db"))) backup.made_by = facts->made_by;
    }
    return backups;
}

}  // namespace boternity::infra::store
