#include "infra/store/sqlite/migration_checks.hpp"

#include "infra/store/sqlite/errors.hpp"

#include <fmt/format.h>

#include <memory>
#include <vector>

namespace boternity::infra::store {
namespace {

using namespace sqlite_api;

/// A table's name cannot be bound, so SQLite itself quotes it; it comes from the schema, never from outside.
long long rows_in(sqlite3* db, const std::string& table) {
    const std::unique_ptr<char, void (*)(void*)> sql(
        sqlite3_mprintf("SELECT COUNT(*) FROM \"%w\"", table.c_str()), &sqlite3_free);
    sqlite3_stmt* prepared = nullptr;
    if (sqlite3_prepare_v2(db, sql.get(), -1, &prepared, nullptr) != SQLITE_OK)
        throw soci::sqlite3_soci_error(sqlite3_errmsg(db), sqlite3_errcode(db));
    const std::unique_ptr<sqlite3_stmt, int (*)(sqlite3_stmt*)> statement(prepared, &sqlite3_finalize);
    if (sqlite3_step(prepared) != SQLITE_ROW)
        throw soci::sqlite3_soci_error(sqlite3_errmsg(db), sqlite3_errcode(db));
    return sqlite3_column_int64(prepared, 0);
}

}  // namespace

RowCounts count_rows(Connection& db) {
    std::vector<std::string> tables;
    std::string name;
    {
        Query query =
            db.query("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite~_%'"
                     " ESCAPE '~' AND name <> 'schema_migrations'");
        query.into(name);
        while (query.next()) tables.push_back(name);
    }
    RowCounts counts;
    for (const auto& table : tables) counts[table] = rows_in(handle_of(db.session()), table);
    return counts;
}

std::set<std::string> tables_that_may_shrink(std::string_view script) {
    constexpr std::string_view kMark = "-- may shrink: ";
    std::set<std::string> tables;
    for (auto at = script.find(kMark); at != std::string_view::npos; at = script.find(kMark, at + 1)) {
        const auto begin = at + kMark.size();
        const auto end = script.find_first_of(" \r\n", begin);
        tables.emplace(script.substr(begin, end == std::string_view::npos ? end : end - begin));
    }
    return tables;
}

void check_no_rows_lost(const RowCounts& before, const RowCounts& after,
                        const std::set<std::string>& may_shrink) {
    for (const auto& [table, rows] : before) {
        const auto now = after.find(table);
        if (now == after.end() || now->second >= rows || may_shrink.contains(table)) continue;
        throw soci::soci_error(fmt::format("a migration left {} of {} rows in {}", now->second, rows, table));
    }
}

void check_sound(Connection& db) {
    std::string said;
    {
        Query query = db.query("SELECT integrity_check FROM pragma_integrity_check LIMIT 1");
        query.into(said).next();
    }
    if (said != "ok") throw soci::soci_error("the integrity check says: " + said);
    int dangling = 0;
    Query query = db.query("SELECT COUNT(*) FROM pragma_foreign_key_check");
    query.into(dangling).next();
    if (dangling != 0) throw soci::soci_error("rows refer to nothing");
}

}  // namespace boternity::infra::store
