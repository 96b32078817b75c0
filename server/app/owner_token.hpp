#pragma once

#include "types/result.hpp"

#include <filesystem>
#include <string>

namespace boternity::app {

/// The owner's token: what DATA/token holds, or, when there is none, 32 new random bytes in hex that are
/// written there, readable by the owner only. Unavailable when the file cannot be read or written, or others
/// may read it.
Result<std::string> owner_token_blocking(const std::filesystem::path& data_folder);

}  // namespace boternity::app
