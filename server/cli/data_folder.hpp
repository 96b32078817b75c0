#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>

namespace boternity::cli {

/// Looks up a variable of the environment; empty ones count as not set.
using Environment = std::function<std::optional<std::string>(const char* name)>;

/// The environment of this process.
std::optional<std::string> process_environment(const char* name);

/// Where the server keeps its data and the CLI looks for the server, when nobody says otherwise:
/// BOTERNITY_DATA, or boternity under XDG_DATA_HOME, or ~/.local/share/boternity. Never empty; not made here.
std::filesystem::path default_data_folder(const Environment& env = process_environment);

}  // namespace boternity::cli
