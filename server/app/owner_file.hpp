#pragma once

#include "types/result.hpp"

#include <filesystem>
#include <string_view>

namespace boternity::app {

/// Writes a file that only its owner may read (0600), whole or not at all: to a new name, synchronised, then
/// renamed. Unavailable when that fails.
Status write_owner_file_blocking(const std::filesystem::path& path, std::string_view text);

}  // namespace boternity::app
