#pragma once

#include "cli/invocation.hpp"

#include <CLI/App.hpp>

namespace boternity::cli {

/// `model add`, `model pull` and `model remove`.
void add_model_files(CLI::App& noun, Invocation& invocation);

}  // namespace boternity::cli
