#pragma once

#include "cli/cli.hpp"

namespace boternity::app {

/// Serves until SIGTERM or SIGINT, then drains: no new work, what runs may end within the grace time, what
/// does not is left in the journal for the next start. A second signal ends the waiting. Answers the exit
/// code: 0 after a drain, 1 when the start failed, with one sentence on standard error that says what to do.
int serve(cli::ServeOptions options);

}  // namespace boternity::app
