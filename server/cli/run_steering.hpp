#pragma once

#include "cli/commands.hpp"

namespace boternity::cli {

/// `run steps`, `run tree`, `run decide` and `run resume`.
void add_run_steering(CLI::App& noun, Invocation& invocation);

}  // namespace boternity::cli
