#pragma once

#include "types/error.hpp"

#include <soci/soci.h>
#include <soci/sqlite3/soci-sqlite3.h>

#include <exception>

namespace boternity::infra::store {

/// The C handle behind a SOCI session. Valid as long as the session.
sqlite_api::sqlite3* handle_of(soci::session& session) noexcept;

/// What a failure says of the database as a whole.
enum class Damage {
    None,     ///< this statement failed; the next may do well
    Full,     ///< no space: writes fail until there is some
    Io,       ///< the disk failed: what the connection believes may be wrong
    Corrupt,  ///< the file is not what SQLite wrote
};

struct Failure {
    Error error{};
    Damage damage = Damage::None;
};

/// Translates an exception that came out of SOCI or out of our own work with it.
Failure failure_of(const std::exception& thrown, soci::session& session);

}  // namespace boternity::infra::store
