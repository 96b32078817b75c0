#include "infra/archive/archive_faults.hpp"
#include "infra/archive/archive_files.hpp"
#include "infra/archive/entry_names.hpp"
#include "infra/archive/zip_directory.hpp"

#include <archive.h>
#include <archive_entry.h>

#include <algorithm>
#include <array>
#include <memory>

namespace boternity::infra {
namespace {

struct FreeReader {
    void operator()(archive* reader) const noexcept { archive_read_free(reader); }
};
using Reader = std::unique_ptr<archive, FreeReader>;

enum class Format { Zip, Tar, TarGz };

Result<Format> format_of(std::string_view bytes) {
    if (bytes.starts_with("PK\x03\x04") || bytes.starts_with("PK\x05\x06")) return Format::Zip;
    if (bytes.starts_with("\x1f\x8b")) return Format::TarGz;
    if (bytes.size() >= 512 && bytes.substr(257, 5) == "ustar") return Format::Tar;
    return fail(archive_fault("these bytes are no zip, tar or tar.gz file."));
}

/// What libarchive says of an archive stays in the log: it may quote the archive.
Error broken(archive* reader) {
    Error error = archive_fault("the archive is damaged or cut off; send it again, whole.");
    const char* why = archive_error_string(reader);
    error.detail = why == nullptr ? "" : why;
    return error;
}

Result<Reader> open(std::string_view bytes, Format format) {
    Reader reader(archive_read_new());
    if (!reader) return fail(internal_error("archive_read_new"));
    int state = ARCHIVE_OK;
    if (format == Format::Zip) {
        state = archive_read_support_format_zip_seekable(reader.get());
    } else {
        state = archive_read_support_format_tar(reader.get());
        // Exactly one layer, whatever lies below it.
        if (format == Format::TarGz)
            state = std::min(state, archive_read_append_filter(reader.get(), ARCHIVE_FILTER_GZIP));
    }
    if (state != ARCHIVE_OK) return fail(broken(reader.get()));
    if (archive_read_open_memory(reader.get(), bytes.data(), bytes.size()) != ARCHIVE_OK)
        return fail(broken(reader.get()));
    return reader;
}

std::string_view name_of(archive_entry* entry) noexcept {
    // The one or the other is null where the process's locale cannot say the name.
    const char* name = archive_entry_pathname_utf8(entry);
    if (name == nullptr) name = archive_entry_pathname(entry);
    return name == nullptr ? std::string_view{} : std::string_view{name};
}

Status check_kind(archive_entry* entry, std::string_view name) {
    const auto type = archive_entry_filetype(entry);
    const bool linked = archive_entry_hardlink(entry) != nullptr || archive_entry_symlink(entry) != nullptr;
    if (linked || (type != AE_IFREG && type != AE_IFDIR)) {
        return fail(archive_fault(fmt::format(
            "\"{}\" is a link or a device; an archive may hold files and folders only.", shown_name(name))));
    }
    if (archive_entry_sparse_count(entry) > 0) {
        return fail(
            archive_fault(fmt::format("\"{}\" has holes; pack it as a plain file.", shown_name(name))));
    }
    return {};
}

/// Counts what comes out against what went in.
class Measure {
public:
    Measure(const ArchiveLimits& limits, std::size_t packed) : limits_(limits), packed_(packed) {}

    Status add(std::uint64_t bytes) {
        unpacked_ += bytes;
        const bool bomb = unpacked_ > limits_.ratio_from && unpacked_ / limits_.ratio > packed_;
        if (unpacked_ <= limits_.unpacked_bytes && !bomb) return {};
        return fail(archive_too_large(
            fmt::format("the archive unpacks to too much: more than {} MiB, or {} times its size.",
                        limits_.unpacked_bytes >> 20U, limits_.ratio)));
    }
    bool would_fit(std::uint64_t bytes) const { return bytes <= limits_.unpacked_bytes - unpacked_; }

private:
    const ArchiveLimits& limits_;
    std::uint64_t packed_;
    std::uint64_t unpacked_ = 0;
};

Result<std::string> read_data(archive* reader, Measure& measure) {
    std::array<char, 64 * 1024> chunk{};
    std::string bytes;
    for (;;) {
        const auto count = archive_read_data(reader, chunk.data(), chunk.size());
        if (count < 0) return fail(broken(reader));
        if (count == 0) return bytes;
        BOT_CHECK(measure.add(static_cast<std::uint64_t>(count)));
        bytes.append(chunk.data(), static_cast<std::size_t>(count));
    }
}

/// `zip -r bot.zip bot/` puts a folder around everything; what counts is inside.
void strip_one_folder(std::vector<core::NamedFile>& files) {
    if (files.empty()) return;
    const auto slash = files.front().path.find('/');
    if (slash == std::string::npos) return;
    const std::string around = files.front().path.substr(0, slash + 1);
    if (!std::ranges::all_of(files, [&](const auto& file) { return file.path.starts_with(around); })) return;
    for (auto& file : files) file.path.erase(0, around.size());
}

}  // namespace

Result<std::vector<core::NamedFile>> read_archive(std::string_view bytes, const ArchiveLimits& limits) {
    if (bytes.size() > limits.packed_bytes) {
        return fail(
            archive_too_large(fmt::format("the archive has more than {} MiB.", limits.packed_bytes >> 20U)));
    }
    BOT_TRY(format, format_of(bytes));
    if (format == Format::Zip) BOT_CHECK(check_zip_directory(bytes, limits));
    BOT_TRY(reader, open(bytes, format));
    EntryNames names(limits);
    Measure measure(limits, bytes.size());
    std::vector<core::NamedFile> files;
    archive_entry* entry = nullptr;
    for (;;) {
        const int state = archive_read_next_header(reader.get(), &entry);
        if (state == ARCHIVE_EOF) break;
        if (state != ARCHIVE_OK) return fail(broken(reader.get()));
        const auto name = name_of(entry);
        BOT_CHECK(check_kind(entry, name));
        const bool folder = archive_entry_filetype(entry) == AE_IFDIR;
        BOT_TRY(path, names.add(name, folder));
        if (folder) continue;
        if (archive_entry_size_is_set(entry) != 0 &&
            !measure.would_fit(
                static_cast<std::uint64_t>(std::max<la_int64_t>(archive_entry_size(entry), 0)))) {
            BOT_CHECK(measure.add(limits.unpacked_bytes + 1));
        }
        BOT_TRY(data, read_data(reader.get(), measure));
        files.push_back({.path = std::move(path), .bytes = std::move(data)});
    }
    strip_one_folder(files);
    return files;
}

}  // namespace boternity::infra
