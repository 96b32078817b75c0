#pragma once

#include "infra/store/soci/connection.hpp"

#include <filesystem>
#include <memory>

namespace boternity::infra::store {

/// What a connection is for.
enum class Access { Write, Read };

/// Opens a database file that exists, and nothing more. Throws soci_error.
std::unique_ptr<Connection> open_plain_blocking(const std::filesystem::path& file);

/// Opens a file that nobody changes, to read it: makes no files beside it and takes no locks. Throws
/// soci_error.
std::unique_ptr<Connection> open_unchanging_blocking(const std::filesystem::path& file);

/// Opens it for the server: WAL, synchronous FULL, foreign keys, no memory map, and no checkpoint unless the
/// writer asks for one. A reader cannot write. Throws soci_error.
std::unique_ptr<Connection> open_connection_blocking(const std::filesystem::path& file, Access access);

}  // namespace boternity::infra::store
