#pragma once

#include "types/result.hpp"

#include <cstdint>
#include <filesystem>
#include <string>

namespace boternity::infra::store {

/// A file that was opened without following a symbolic link, so that what is looked at is what was named.
/// Errors  WrongState for what is no plain file; NotFound, Unavailable.
class PlainFile {
public:
    static Result<PlainFile> open_blocking(const std::filesystem::path& path);
    PlainFile(PlainFile&& other) noexcept;
    PlainFile& operator=(PlainFile&&) = delete;
    ~PlainFile();

    std::int64_t size() const noexcept { return size_; }

    /// `size` bytes from `offset` on; fewer at the end of the file.
    Result<std::string> read_blocking(std::int64_t offset, std::size_t size) const;

    /// "sha256:" and 64 hex digits over the first `size` bytes.
    Result<std::string> digest_blocking(std::int64_t size) const;

    /// Writes the first `size` bytes over the file `target`, which is there, and makes them durable.
    Status copy_blocking(std::int64_t size, const std::filesystem::path& target) const;

private:
    PlainFile(int file, std::int64_t size, std::filesystem::path path);

    int file_ = -1;
    std::int64_t size_ = 0;
    std::filesystem::path path_;
};

}  // namespace boternity::infra::store
