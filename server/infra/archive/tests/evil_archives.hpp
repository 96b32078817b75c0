#pragma once

#include "core/ports/bot_archives.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace boternity::infra {

/// One entry as no well-meaning tool would write it.
struct ZipPart {
    std::string name{};
    std::string data{};
    std::uint32_t mode = 0100644;  ///< of Unix: type and permissions
    std::string local_name{};      ///< before the data, if another one than in the directory
    std::uint32_t flags = 0;
    std::uint32_t method = 0;
    std::int64_t claimed_size = -1;  ///< of the unpacked data; the true one when negative
    std::int64_t offset = -1;        ///< of its local header; where it is when negative
};

/// A zip of stored entries. `count` is what its end record says, if not the truth.
std::string zip_of(const std::vector<ZipPart>& parts, int count = -1);

struct TarPart {
    std::string name{};
    std::string data{};
    char type = '0';
    std::string link{};
    std::uint64_t claimed_size = 0;  ///< in the header; the true one when 0
};

/// A tar of ustar headers; names of more than 100 bytes the GNU way.
std::string tar_of(const std::vector<TarPart>& parts);

/// A header of GNU's old sparse format for a file of `size` bytes that holds nothing but a hole.
std::string sparse_tar(std::uint64_t size);

std::string gzip_of(std::string_view bytes);

/// A real, deflated zip, whatever our limits say of it.
std::string deflated_zip(const std::vector<core::NamedFile>& files);

}  // namespace boternity::infra
