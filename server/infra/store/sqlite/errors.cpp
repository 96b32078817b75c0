#include "infra/store/sqlite/errors.hpp"

#include <cerrno>
#include <string>

namespace boternity::infra::store {
namespace {

using namespace sqlite_api;

Error make(ErrorCode code, const char* message, std::string detail) {
    return {.code = code, .message = message, .detail = std::move(detail)};
}

Failure storage_full(std::string detail) {
    return {make(ErrorCode::StorageFull,
                 "The disk is full, so nothing was changed; free some space and try again.",
                 std::move(detail)),
            Damage::Full};
}

/// Whether an I/O error only means that there was no room. Never one of a sync: that writes what was taken in
/// before, and what it could not write the kernel may have dropped, for want of room as for any other reason.
bool for_want_of_room(int code, int system_error) {
    if (code == SQLITE_IOERR_FSYNC || code == SQLITE_IOERR_DIR_FSYNC) return false;
    return system_error == ENOSPC || system_error == EDQUOT;
}

Failure of_code(int code, int system_error, std::string detail) {
    switch (code & 0xff) {
    case SQLITE_FULL: return storage_full(std::move(detail));
    case SQLITE_IOERR:
        if (for_want_of_room(code, system_error)) return storage_full(std::move(detail));
        return {make(ErrorCode::Unavailable,
                     "The disk reported an error, so this may not have been saved; try again with the same "
                     "idempotency key, and look into the server's log.",
                     std::move(detail)),
                Damage::Io};
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return {make(ErrorCode::Unavailable,
                     "The database is damaged; stop the server and restore a backup from the data folder.",
                     std::move(detail)),
                Damage::Corrupt};
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_NOMEM:
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_PERM:
        return {make(ErrorCode::Unavailable,
                     "The database cannot be used at the moment; try again, and look into the server's log.",
                     std::move(detail)),
                Damage::None};
    case SQLITE_TOOBIG:
        return {make(ErrorCode::TooLarge, "This is larger than the database can hold.", std::move(detail)),
                Damage::None};
    default: return {internal_error(std::move(detail)), Damage::None};
    }
}

}  // namespace

sqlite3* handle_of(soci::session& session) noexcept {
    return static_cast<soci::sqlite3_session_backend*>(session.get_backend())->conn_;
}

Failure failure_of(const std::exception& thrown, soci::session& session) {
    if (const auto* failed = dynamic_cast<const soci::sqlite3_soci_error*>(&thrown)) {
        // Not what(): that repeats the values that were bound, and those may be anybody's words.
        std::string detail =
            "sqlite " + std::to_string(failed->result()) + ": " + failed->get_error_message();
        return of_code(failed->result(), sqlite3_system_errno(handle_of(session)), std::move(detail));
    }
    if (const auto* failed = dynamic_cast<const soci::soci_error*>(&thrown)) {
        return {internal_error("soci: " + failed->get_error_message()), Damage::None};
    }
    return {internal_error(thrown.what()), Damage::None};
}

}  // namespace boternity::infra::store
