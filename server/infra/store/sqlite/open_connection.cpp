#include "infra/store/sqlite/open_connection.hpp"

#include "infra/store/sqlite/errors.hpp"

#include <fmt/format.h>

#include <cctype>
#include <chrono>
#include <string>

namespace boternity::infra::store {
namespace {

using namespace sqlite_api;

// Only a foreign program or a recovery can hold the file's locks, and both are soon done.
constexpr std::chrono::milliseconds kBusyTimeout{5000};

void rewind(soci::statement& statement) noexcept {
    auto* backend = static_cast<soci::sqlite3_statement_backend*>(statement.get_backend());
    if (backend != nullptr && backend->stmt_ != nullptr) sqlite3_reset(backend->stmt_);
}

/// A session that holds no file yet.
std::unique_ptr<soci::session> empty_session() {
    // Before the first connection of the process: nobody asks SQLite what memory it holds, and counting takes
    // a mutex at each allocation.
    static const int kUncounted = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    static_cast<void>(kUncounted);
    return std::make_unique<soci::session>(soci::sqlite3, ":memory:");
}

/// SOCI's own connect string cannot carry every path, so the connection is opened here and put in place of an
/// empty one.
void open_file(soci::session& session, const std::string& file, int flags) {
    auto* backend = static_cast<soci::sqlite3_session_backend*>(session.get_backend());
    sqlite3* opened = nullptr;
    // Each connection is used by one thread at a time: see Writer and Readers.
    const int code =
        sqlite3_open_v2(file.c_str(), &opened, flags | SQLITE_OPEN_EXRESCODE | SQLITE_OPEN_NOMUTEX, nullptr);
    if (code != SQLITE_OK) {
        const std::string why = opened ? sqlite3_errmsg(opened) : "out of memory";
        sqlite3_close(opened);
        throw soci::sqlite3_soci_error(why, code);
    }
    sqlite3_close(backend->conn_);
    backend->conn_ = opened;
    sqlite3_busy_timeout(opened, static_cast<int>(kBusyTimeout.count()));
}

/// A path as SQLite's URIs take it (RFC 3986): every byte that could mean something else is percent-encoded.
std::string uri_of(const std::filesystem::path& file) {
    std::string uri = "file:";
    for (const unsigned char c : std::filesystem::absolute(file).string()) {
        const bool plain = std::isalnum(c) != 0 || c == '/' || c == '.' || c == '-' || c == '_';
        uri += plain ? std::string(1, static_cast<char>(c)) : fmt::format("%{:02X}", c);
    }
    return uri;
}

}  // namespace

std::unique_ptr<Connection> open_plain_blocking(const std::filesystem::path& file) {
    auto session = empty_session();
    open_file(*session, file.string(), SQLITE_OPEN_READWRITE);
    return std::make_unique<Connection>(std::move(session), &rewind);
}

std::unique_ptr<Connection> open_unchanging_blocking(const std::filesystem::path& file) {
    auto session = empty_session();
    open_file(*session, uri_of(file) + "?mode=ro&immutable=1", SQLITE_OPEN_READONLY | SQLITE_OPEN_URI);
    auto connection = std::make_unique<Connection>(std::move(session), &rewind);
    connection->run("PRAGMA trusted_schema = OFF");
    connection->run("PRAGMA query_only = ON");
    return connection;
}

std::unique_ptr<Connection> open_connection_blocking(const std::filesystem::path& file, Access access) {
    auto connection = open_plain_blocking(file);
    // Before anything that could be the last to close the file: only the writer moves the WAL into it.
    sqlite3_db_config(handle_of(connection->session()), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
    connection->run("PRAGMA journal_mode = WAL");
    connection->run("PRAGMA wal_autocheckpoint = 0");
    connection->run("PRAGMA synchronous = FULL");
    connection->run("PRAGMA foreign_keys = ON");
    connection->run("PRAGMA mmap_size = 0");
    // What a savepoint needs to undo a change: a turn's pages are more than SQLite keeps in memory by itself,
    // so each would make, write and remove a temporary file. One change's pages bound it.
    connection->run("PRAGMA temp_store = MEMORY");
    connection->run("PRAGMA trusted_schema = OFF");
    // What a checkpoint leaves of the WAL file; see writer.cpp for when it runs.
    connection->run("PRAGMA journal_size_limit = 67108864");
    if (access == Access::Read) connection->run("PRAGMA query_only = ON");
    return connection;
}

}  // namespace boternity::infra::store
