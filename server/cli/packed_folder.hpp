#pragma once

#include "cli/failure.hpp"

#include <filesystem>
#include <string>

namespace boternity::cli {

/// The bytes of an archive: those of a file, or of a zip made of a folder's files. Folders whose names begin
/// with a dot stay out (.git and the like). Usage when something is neither, when a link or another special
/// file is in the folder, or when it is larger than an archive may be: nothing that is not plainly there is
/// read.
Answer<std::string> archive_at(const std::filesystem::path& path);

}  // namespace boternity::cli
