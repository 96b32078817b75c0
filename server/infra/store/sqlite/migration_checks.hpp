#pragma once

#include "infra/store/soci/connection.hpp"

#include <map>
#include <set>
#include <string>
#include <string_view>

namespace boternity::infra::store {

/// How many rows each table holds, by its name; without SQLite's own and schema_migrations.
using RowCounts = std::map<std::string, long long>;

RowCounts count_rows(Connection& db);

/// The tables that a step's script names in lines `-- may shrink: TABLE`.
std::set<std::string> tables_that_may_shrink(std::string_view script);

/// Throws soci_error when a table that is in both has fewer rows and none of `may_shrink` names it.
void check_no_rows_lost(const RowCounts& before, const RowCounts& after,
                        const std::set<std::string>& may_shrink);

/// Throws soci_error when integrity_check or foreign_key_check finds something.
void check_sound(Connection& db);

}  // namespace boternity::infra::store
