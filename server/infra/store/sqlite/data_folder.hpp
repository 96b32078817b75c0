#pragma once

#include "types/result.hpp"

#include <filesystem>
#include <string>

namespace boternity::infra::store {

/// The folder that holds a server's data, held by this process alone.
///
/// Lifetime  the lock is the kernel's (flock) and goes with this object or the process, however it ends.
class DataFolder {
public:
    /// Makes the folder (readable by its owner only) if it is not there, and locks it. Unavailable when
    /// another process holds it, naming that process.
    static Result<DataFolder> open_blocking(std::filesystem::path path);

    DataFolder(DataFolder&& other) noexcept;
    DataFolder& operator=(DataFolder&&) = delete;
    ~DataFolder();

    const std::filesystem::path& path() const noexcept { return path_; }
    std::filesystem::path database() const { return path_ / "boternity.db"; }
    std::filesystem::path backups() const { return path_ / "backups"; }

    /// True when nothing but a server's own files is in it: somebody who serves from a folder with other
    /// things in it may have reasons for its permissions.
    bool is_ours_alone_blocking() const;

private:
    DataFolder(std::filesystem::path path, int lock) : path_(std::move(path)), lock_(lock) {}

    std::filesystem::path path_;
    int lock_ = -1;
};

/// Makes a folder with its parents, readable by its owner only; one that is there is left as it is.
Status make_private_folder_blocking(const std::filesystem::path& path);

/// Takes a folder's permissions from everybody but its owner; true when somebody else had some. A folder that
/// belongs to another, or is shared by design (sticky, as /tmp is), stays as it is.
Result<bool> close_to_others_blocking(const std::filesystem::path& path);

/// Makes an empty file, readable by its owner only, unless there is one.
Status make_private_file_blocking(const std::filesystem::path& path);

/// Makes the entries of a folder durable: a new file is one only after this (fsync of the folder).
Status sync_folder_blocking(const std::filesystem::path& path);

/// Makes a file's content durable.
Status sync_file_blocking(const std::filesystem::path& path);

}  // namespace boternity::infra::store
