#pragma once

#include "cli/invocation.hpp"

#include <CLI/App.hpp>

#include <string>
#include <vector>

namespace boternity::cli {

/// What completion needs of one option.
struct CompletedOption {
    std::vector<std::string> names;  ///< with their hyphens
    std::string description;         ///< without quotes
    bool takes_value = false;
    std::vector<std::string> values;  ///< when only some are allowed
};

/// What completion needs of one command.
struct CompletedCommand {
    std::string path;  ///< the words after the program's name, e.g. "bot create"; empty for the root
    std::string description;
    std::vector<std::string> children;  ///< names of the commands below it
    std::vector<CompletedOption> options;
    std::vector<std::string> words;  ///< allowed values of its arguments
};

/// Every command, the root first, parents before children. Options of the root are those of every command.
std::vector<CompletedCommand> completion_tree(const CLI::App& root, const Invocation& invocation);

}  // namespace boternity::cli
