#pragma once

#include "cli/cli.hpp"
#include "cli/invocation.hpp"

#include <CLI/App.hpp>

#include <memory>
#include <string>
#include <vector>

namespace boternity::cli {

/// The tree of all commands. It refers to `invocation` and `serve`, which outlive it.
std::unique_ptr<CLI::App> make_command_line(Invocation& invocation, const ServeCommand& serve);

/// The command that the parsed words name: the deepest one reached, also when parsing stopped there.
const CLI::App& named_command(const CLI::App& app);

/// `run` with everything of the machine given. `arguments` are without the program's name.
int run_command(std::vector<std::string> arguments, Invocation& invocation, const ServeCommand& serve);

}  // namespace boternity::cli
