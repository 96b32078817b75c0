#pragma once

#include "cli/connection.hpp"
#include "cli/output.hpp"

#include <stop_token>

namespace boternity::cli {

/// Asks the server for a backup and follows its making; `out` shows how far it is when stderr is a terminal.
/// Answers the backup. A break of the connection ends the making, and is an error.
core::Task<Answer<boost::json::object>> make_backup(Connection& server, Output& out, std::stop_token stop);

}  // namespace boternity::cli
