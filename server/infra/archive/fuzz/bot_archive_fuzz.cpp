#include "infra/archive/archive_files.hpp"
#include "infra/archive/bot_format.hpp"
#include "infra/archive/libarchive_bot_archives.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

/// Whatever comes: the limits hold, no name leads out, and what is taken can be packed and is taken again.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace boternity;
    const infra::ArchiveLimits limits{.packed_bytes = 64 * 1024,
                                      .unpacked_bytes = 256 * 1024,
                                      .entries = 64,
                                      .ratio = 50,
                                      .ratio_from = 16 * 1024};
    auto files = infra::read_archive({reinterpret_cast<const char*>(data), size}, limits);
    if (!files) return files.error().message.empty() ? (std::abort(), 0) : 0;
    std::size_t bytes = 0;
    for (const auto& file : *files) {
        bytes += file.bytes.size();
        if (file.path.empty() || file.path.front() == '/' || file.path.find("..") == 0 ||
            file.path.find("/../") != std::string::npos || file.path.size() > limits.name_bytes) {
            std::abort();
        }
    }
    if (bytes > limits.unpacked_bytes || files->size() > limits.entries) std::abort();
    const auto read = infra::recognise(std::move(*files));
    if (!read) return 0;
    if (const auto* packed = std::get_if<core::PackedBot>(&*read)) {
        const auto again = infra::bot_from(infra::files_of(packed->copy, "fuzz"));
        if (!again || again->copy != packed->copy) std::abort();
    }
    return 0;
}
