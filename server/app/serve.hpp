#pragma once

#include "cli/cli.hpp"

namespace boternity::app {

/// Serves until SIGTERM, SIGINT or (unless it was ignored at the start) SIGHUP, then drains: no new work,
/// what runs may end within the grace time, what does not is left in the journal for the next start. A second
/// SIGTERM or SIGINT ends the waiting. An error is one of the start, in one sentence that says what to do.
Status serve(cli::ServeOptions options);

}  // namespace boternity::app
