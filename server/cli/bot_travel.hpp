#pragma once

#include "cli/invocation.hpp"

#include <CLI/App.hpp>

namespace boternity::cli {

/// `bot export` and `bot import`, below the noun `bot`. References are kept to both arguments.
void add_bot_travel(CLI::App& noun, Invocation& invocation);

}  // namespace boternity::cli
