#pragma once

#include "cli/cli.hpp"

namespace boternity::app {

/// What the program does itself with a data folder that no server holds.
cli::LocalWork local_work();

}  // namespace boternity::app
