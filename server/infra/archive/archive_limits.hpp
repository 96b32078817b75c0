#pragma once

#include <cstddef>
#include <cstdint>

namespace boternity::infra {

/// What an archive may be. Everything beyond is refused before it is unpacked, or as soon as it shows.
struct ArchiveLimits {
    std::size_t packed_bytes = 32 * 1024 * 1024;
    std::uint64_t unpacked_bytes = 64 * 1024 * 1024;
    std::size_t entries = 10'000;  ///< folders count too
    /// Unpacked bytes for each packed one, once more than `ratio_from` are unpacked.
    std::uint64_t ratio = 200;
    std::uint64_t ratio_from = 4 * 1024 * 1024;
    std::size_t name_bytes = 255;
    std::size_t depth = 8;
};

}  // namespace boternity::infra
