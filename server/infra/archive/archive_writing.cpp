#include "infra/archive/archive_faults.hpp"
#include "infra/archive/archive_files.hpp"

#include <archive.h>
#include <archive_entry.h>

#include <memory>

namespace boternity::infra {
namespace {

struct FreeWriter {
    void operator()(archive* writer) const noexcept { archive_write_free(writer); }
};
struct FreeEntry {
    void operator()(archive_entry* entry) const noexcept { archive_entry_free(entry); }
};

la_ssize_t append(archive* /*writer*/, void* out, const void* bytes, std::size_t count) {
    static_cast<std::string*>(out)->append(static_cast<const char*>(bytes), count);
    return static_cast<la_ssize_t>(count);
}

Error defect(archive* writer) {
    const char* why = archive_error_string(writer);
    return internal_error(fmt::format("zip: {}", why == nullptr ? "" : why));
}

Status add_file(archive* writer, const core::NamedFile& file) {
    const std::unique_ptr<archive_entry, FreeEntry> entry(archive_entry_new());
    archive_entry_set_pathname_utf8(entry.get(), file.path.c_str());
    // A name that this process's locale cannot say is still written as it is.
    if (archive_entry_pathname(entry.get()) == nullptr)
        archive_entry_set_pathname(entry.get(), file.path.c_str());
    archive_entry_set_filetype(entry.get(), AE_IFREG);
    archive_entry_set_perm(entry.get(), 0644);
    archive_entry_set_size(entry.get(), static_cast<la_int64_t>(file.bytes.size()));
    if (archive_write_header(writer, entry.get()) < ARCHIVE_WARN) return fail(defect(writer));
    if (archive_write_data(writer, file.bytes.data(), file.bytes.size()) < 0) return fail(defect(writer));
    return {};
}

Result<std::string> write(const std::vector<core::NamedFile>& files, const char* compression) {
    std::string out;
    const std::unique_ptr<archive, FreeWriter> writer(archive_write_new());
    if (archive_write_set_format_zip(writer.get()) != ARCHIVE_OK ||
        archive_write_set_format_option(writer.get(), "zip", "compression", compression) != ARCHIVE_OK ||
        archive_write_set_bytes_per_block(writer.get(), 0) != ARCHIVE_OK ||
        archive_write_open(writer.get(), &out, nullptr, append, nullptr) != ARCHIVE_OK) {
        return fail(defect(writer.get()));
    }
    for (const auto& file : files) BOT_CHECK(add_file(writer.get(), file));
    if (archive_write_close(writer.get()) != ARCHIVE_OK) return fail(defect(writer.get()));
    return out;
}

}  // namespace

Result<std::string> write_zip(const std::vector<core::NamedFile>& files, const ArchiveLimits& limits) {
    std::uint64_t unpacked = 0;
    bool bomb = false;
    for (const auto& file : files) unpacked += file.bytes.size();
    const auto too_large = [&](std::string_view what) {
        return fail(Error{.code = ErrorCode::TooLarge,
                          .message = fmt::format("This is too large for one archive: {}.", what)});
    };
    if (files.size() > limits.entries) return too_large(fmt::format("more than {} files", limits.entries));
    if (unpacked > limits.unpacked_bytes)
        return too_large(fmt::format("more than {} MiB of text", limits.unpacked_bytes >> 20U));
    BOT_TRY(packed, write(files, "deflate"));
    // Text that says the same over and over would look like a bomb; for one file or for all.
    for (const auto& file : files) bomb = bomb || file.bytes.size() > limits.ratio_from;
    if (bomb || (unpacked > limits.ratio_from && unpacked / limits.ratio > packed.size())) {
        if (auto taken = read_archive(packed, limits); !taken) {
            BOT_TRY(stored, write(files, "store"));
            packed = std::move(stored);
        }
    }
    if (packed.size() > limits.packed_bytes)
        return too_large(fmt::format("more than {} MiB even when packed", limits.packed_bytes >> 20U));
    return std::move(packed);
}

}  // namespace boternity::infra
