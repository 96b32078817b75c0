#include "infra/archive/tests/evil_archives.hpp"

#include "infra/archive/archive_files.hpp"

#include <archive.h>
#include <archive_entry.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <limits>

namespace boternity::infra {
namespace {

std::string little(std::uint64_t value, int count) {
    std::string out;
    for (int i = 0; i < count; ++i) out += static_cast<char>(value >> (8 * i));
    return out;
}

std::uint32_t crc_of(std::string_view bytes) {
    std::uint32_t crc = ~0U;
    for (const char c : bytes) {
        crc ^= static_cast<unsigned char>(c);
        for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1U) ^ ((crc & 1U) != 0 ? 0xedb88320U : 0U);
    }
    return ~crc;
}

/// A tar header, its checksum last.
std::string header_of(const std::string& name, char type, std::uint64_t size, const std::string& link) {
    std::string block(512, '\0');
    const auto put = [&](std::size_t at, const std::string& text) { block.replace(at, text.size(), text); };
    put(0, name.substr(0, 100));
    put(100, "0000644");
    put(108, "0000000");
    put(116, "0000000");
    put(124, fmt::format("{:011o}", size));
    put(136, "00000000000");
    put(148, "        ");
    block[156] = type;
    put(157, link.substr(0, 100));
    put(257, type == 'S' || type == 'L' ? "ustar  " : "ustar");
    if (type != 'S' && type != 'L') put(263, "00");
    return block;
}

void seal(std::string& block) {
    unsigned sum = 0;
    for (const char c : block) sum += static_cast<unsigned char>(c);
    block.replace(148, 8, fmt::format("{:06o}", sum) + std::string("\0 ", 2));
}

void pad(std::string& out) {
    out.resize((out.size() + 511) / 512 * 512, '\0');
}

la_ssize_t append(archive* /*writer*/, void* out, const void* bytes, std::size_t count) {
    static_cast<std::string*>(out)->append(static_cast<const char*>(bytes), count);
    return static_cast<la_ssize_t>(count);
}

}  // namespace

std::string zip_of(const std::vector<ZipPart>& parts, int count) {
    std::string out;
    std::string directory;
    for (const ZipPart& part : parts) {
        const std::uint64_t here = part.offset >= 0 ? static_cast<std::uint64_t>(part.offset) : out.size();
        const std::uint64_t unpacked =
            part.claimed_size >= 0 ? static_cast<std::uint64_t>(part.claimed_size) : part.data.size();
        const std::string shape = little(part.flags, 2) + little(part.method, 2) + little(0, 4) +
                                  little(crc_of(part.data), 4) + little(part.data.size(), 4) +
                                  little(unpacked, 4);
        const std::string& local = part.local_name.empty() ? part.name : part.local_name;
        if (part.offset < 0)
            out += "PK\x03\x04" + little(20, 2) + shape + little(local.size(), 2) + little(0, 2) + local +
                   part.data;
        directory += "PK\x01\x02" + little(20, 1) + little(3, 1) + little(20, 2) + shape +
                     little(part.name.size(), 2) + little(0, 8) + little(std::uint64_t{part.mode} << 16U, 4) +
                     little(here, 4) + part.name;
    }
    const auto entries = count >= 0 ? static_cast<std::uint64_t>(count) : parts.size();
    const auto begin = out.size();
    return out + directory + "PK\x05\x06" + little(0, 4) + little(entries, 2) + little(entries, 2) +
           little(directory.size(), 4) + little(begin, 4) + little(0, 2);
}

std::string tar_of(const std::vector<TarPart>& parts) {
    std::string out;
    for (const TarPart& part : parts) {
        if (part.name.size() > 100) {
            std::string block = header_of("././@LongLink", 'L', part.name.size() + 1, {});
            seal(block);
            out += block + part.name + '\0';
            pad(out);
        }
        std::string block = header_of(
            part.name, part.type, part.claimed_size == 0 ? part.data.size() : part.claimed_size, part.link);
        seal(block);
        out += block + part.data;
        pad(out);
    }
    return out + std::string(1024, '\0');
}

std::string sparse_tar(std::uint64_t size) {
    std::string block = header_of("SOUL.md", 'S', 0, {});
    // One piece without bytes at the very end, then the true size.
    block.replace(386, 11, fmt::format("{:011o}", size));
    block.replace(398, 11, "00000000000");
    block.replace(483, 11, fmt::format("{:011o}", size));
    seal(block);
    return block + std::string(1024, '\0');
}

std::string gzip_of(std::string_view bytes) {
    std::string out;
    archive* writer = archive_write_new();
    archive_entry* entry = archive_entry_new();
    archive_write_set_format_raw(writer);
    archive_write_add_filter_gzip(writer);
    archive_write_open(writer, &out, nullptr, append, nullptr);
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_write_header(writer, entry);
    archive_write_data(writer, bytes.data(), bytes.size());
    archive_entry_free(entry);
    archive_write_close(writer);
    archive_write_free(writer);
    return out;
}

std::string deflated_zip(const std::vector<core::NamedFile>& files) {
    constexpr auto kNone = std::numeric_limits<std::size_t>::max() / 2;
    const ArchiveLimits limits{.packed_bytes = kNone,
                               .unpacked_bytes = kNone,
                               .entries = 60'000,
                               .ratio = kNone,
                               .ratio_from = kNone,
                               .depth = 100};
    return write_zip(files, limits).value();
}

}  // namespace boternity::infra
