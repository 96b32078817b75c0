#pragma once

#include "cli/invocation.hpp"
#include "cli/run_follower.hpp"

#include <string>

namespace boternity::cli {

/// Makes a session of a bot and answers its id.
Answer<std::string> new_session(Invocation& invocation, const std::string& bot);

/// Says it and streams the answer, with `prefix` before it. The first Ctrl-C cancels the turn and waits
/// for its end, which keeps what was said; the second stops waiting. Either way the failure is `interrupted`.
Answer<ExitCode> chat_turn(Invocation& invocation, const std::string& session, Said said,
                           const std::string& prefix);

}  // namespace boternity::cli
