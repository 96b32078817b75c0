#include "infra/archive/zip_directory.hpp"

#include "infra/archive/archive_faults.hpp"
#include "infra/archive/entry_names.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

namespace boternity::infra {
namespace {

constexpr std::size_t kEndBytes = 22;
constexpr std::size_t kEntryBytes = 46;
constexpr std::size_t kLocalBytes = 30;
constexpr std::uint32_t kEndMark = 0x06054b50;
constexpr std::uint32_t kEntryMark = 0x02014b50;
constexpr std::uint32_t kLocalMark = 0x04034b50;

std::uint32_t little(std::string_view bytes, std::size_t at, std::size_t count) noexcept {
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < count; ++i)
        value |= std::uint32_t{static_cast<unsigned char>(bytes[at + i])} << (8 * i);
    return value;
}

struct Entry {
    std::uint32_t maker, flags, method, packed, unpacked, attributes, offset;
    std::string_view name;
    std::size_t length;  ///< of this record
};

Error broken() {
    return archive_fault("the zip file is damaged or cut off; send it again, whole.");
}

/// Where the record stands that ends the file; its comment must reach to the end exactly.
std::size_t find_end(std::string_view zip) noexcept {
    if (zip.size() < kEndBytes) return std::string_view::npos;
    const std::size_t last = zip.size() - kEndBytes;
    for (std::size_t back = 0; back <= std::min<std::size_t>(last, 0xffff); ++back) {
        const std::size_t at = last - back;
        if (little(zip, at, 4) == kEndMark && little(zip, at + 20, 2) == back) return at;
    }
    return std::string_view::npos;
}

Result<Entry> read_entry(std::string_view directory) {
    if (directory.size() < kEntryBytes || little(directory, 0, 4) != kEntryMark) return fail(broken());
    const std::size_t name = little(directory, 28, 2);
    const std::size_t length = kEntryBytes + name + little(directory, 30, 2) + little(directory, 32, 2);
    if (length > directory.size()) return fail(broken());
    return Entry{.maker = little(directory, 5, 1),
                 .flags = little(directory, 8, 2),
                 .method = little(directory, 10, 2),
                 .packed = little(directory, 20, 4),
                 .unpacked = little(directory, 24, 4),
                 .attributes = little(directory, 38, 4),
                 .offset = little(directory, 42, 4),
                 .name = directory.substr(kEntryBytes, name),
                 .length = length};
}

/// Unix keeps a file's type in the upper half of its attributes.
Status check_kind(const Entry& entry) {
    constexpr std::uint32_t kTypes = 0170000;
    constexpr std::uint32_t kFile = 0100000;
    constexpr std::uint32_t kFolder = 0040000;
    const std::uint32_t type = (entry.attributes >> 16) & kTypes;
    if (type != 0 && type != kFile && type != kFolder) {
        return fail(archive_fault(
            fmt::format("\"{}\" is a link or a device; an archive may hold files and folders only.",
                        shown_name(entry.name))));
    }
    if ((entry.flags & 1U) != 0)
        return fail(archive_fault("the zip file is encrypted; pack it without a password."));
    if (entry.method != 0 && entry.method != 8) {
        return fail(archive_fault("the zip file is packed by another method than deflate; pack it again."));
    }
    return {};
}

/// The header before the entry's data must tell the same name, or two readers see two archives.
Result<std::pair<std::uint64_t, std::uint64_t>> check_local(std::string_view zip, std::size_t directory,
                                                            const Entry& entry) {
    const std::uint64_t at = entry.offset;
    if (at + kLocalBytes > directory || little(zip, at, 4) != kLocalMark) return fail(broken());
    const std::uint64_t name = little(zip, at + 26, 2);
    const std::uint64_t begin = at + kLocalBytes + name + little(zip, at + 28, 2);
    if (begin + entry.packed > directory) return fail(broken());
    if (zip.substr(at + kLocalBytes, name) != entry.name || (little(zip, at + 6, 2) & 1U) != 0 ||
        little(zip, at + 8, 2) != entry.method) {
        return fail(
            archive_fault(fmt::format("the zip file says two things of \"{}\".", shown_name(entry.name))));
    }
    return std::pair{at, begin + entry.packed};
}

}  // namespace

Status check_zip_directory(std::string_view zip, const ArchiveLimits& limits) {
    const std::size_t end = find_end(zip);
    if (end == std::string_view::npos) return fail(broken());
    const std::size_t count = little(zip, end + 10, 2);
    const std::uint64_t size = little(zip, end + 12, 4);
    const std::uint64_t offset = little(zip, end + 16, 4);
    const bool one_disk = little(zip, end + 4, 4) == 0 && little(zip, end + 8, 2) == count;
    if (count > limits.entries) {
        return fail(archive_too_large(fmt::format("the archive has more than {} entries.", limits.entries)));
    }
    if (!one_disk || offset + size != end) return fail(broken());
    EntryNames names(limits);
    std::vector<std::pair<std::uint64_t, std::uint64_t>> spans;
    std::uint64_t unpacked = 0;
    std::string_view rest = zip.substr(offset, size);
    for (std::size_t i = 0; i < count; ++i) {
        BOT_TRY(entry, read_entry(rest));
        rest.remove_prefix(entry.length);
        BOT_CHECK(check_kind(entry));
        if (auto name = names.add(entry.name, entry.name.ends_with('/')); !name)
            return fail(std::move(name).error());
        BOT_TRY(span, check_local(zip, offset, entry));
        spans.push_back(span);
        unpacked += entry.unpacked;
        if (unpacked > limits.unpacked_bytes ||
            (entry.unpacked > limits.ratio_from && entry.unpacked / limits.ratio > entry.packed)) {
            return fail(
                archive_too_large(fmt::format("the archive unpacks to too much: more than {} MiB, or {} "
                                              "times its size.",
                                              limits.unpacked_bytes >> 20U, limits.ratio)));
        }
    }
    if (!rest.empty()) return fail(broken());
    std::ranges::sort(spans);
    for (std::size_t i = 1; i < spans.size(); ++i) {
        if (spans[i].first < spans[i - 1].second) {
            return fail(archive_fault("entries of the zip file lie over each other, as in a bomb."));
        }
    }
    return {};
}

}  // namespace boternity::infra
