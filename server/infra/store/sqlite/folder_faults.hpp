#pragma once

#include "types/result.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace boternity::infra::store {

/// Something in a data folder by which somebody else could read or change what is in it.
struct FolderFault {
    std::filesystem::path path;
    std::string what;       ///< a sentence without its end, e.g. "can be read by others"
    std::string cure;       ///< a command or what to do, to follow "; "
    bool closable = false;  ///< `close_blocking` cures it
};

/// Looks at the folder and at every file of ours in it, each opened beneath the folder without following a
/// symbolic link (openat2 with RESOLVE_BENEATH and RESOLVE_NO_SYMLINKS). Changes nothing. A folder that is
/// not there has no faults.
std::vector<FolderFault> folder_faults_blocking(const std::filesystem::path& folder);

/// Takes the permissions of others from a file or folder that a fault names.
Status close_blocking(const FolderFault& fault);

}  // namespace boternity::infra::store
