#pragma once

#include "cli/commands.hpp"

namespace boternity::cli {

/// `boternity run fork`.
void add_run_fork(CLI::App& noun, Invocation& invocation);

}  // namespace boternity::cli
