#pragma once

#include "cli/invocation.hpp"

#include <string>

namespace boternity::cli {

/// The largest text that the API takes: a soul or a message, 256 KiB.
inline constexpr std::size_t kMostInputBytes = 256 * 1024;

/// The whole text of a file, or of stdin when `path` is "-". Usage when it cannot be read or is too large.
Answer<std::string> read_input(const Invocation& invocation, const std::string& path);

/// Asks a yes-or-no question on the terminal; no is the default. Usage when there is no terminal to ask on.
Answer<bool> confirm(const Invocation& invocation, const std::string& question);

/// Whether stdin is a terminal, where a person may be asked.
bool stdin_is_terminal(const Invocation& invocation);

}  // namespace boternity::cli
