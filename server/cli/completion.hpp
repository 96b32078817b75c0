#pragma once

#include "cli/invocation.hpp"

#include <CLI/App.hpp>

#include <string>
#include <string_view>

namespace boternity::cli {

/// A completion script made from the tree of commands, so that it always knows what the program knows.
/// `shell` is bash, zsh or fish.
std::string completion_script(std::string_view shell, const CLI::App& root, const Invocation& invocation);

}  // namespace boternity::cli
