#include "infra/llm/model_files/package_member.hpp"

#include "infra/llm/wire/vendor_text.hpp"

#include <archive.h>
#include <archive_entry.h>
#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <string_view>
#include <utility>

namespace boternity::infra::llm {
namespace {

constexpr std::size_t kPieceBytes = 1024 * 1024;
constexpr std::size_t kMostEntries = 100'000;
constexpr std::size_t kMostMetadata = 64 * 1024;

struct FreeReader {
    void operator()(archive* reader) const noexcept { archive_read_free(reader); }
};
using Reader = std::unique_ptr<archive, FreeReader>;

/// What libarchive says stays in the log: it may quote the package.
Error broken(archive* reader) {
    const char* why = reader == nullptr ? nullptr : archive_error_string(reader);
    return {.code = ErrorCode::UpstreamFailed,
            .message = "The package is damaged or of a kind that is not known; pull it again.",
            .detail = why == nullptr ? "" : why};
}

std::string_view name_of(archive_entry* entry) noexcept {
    const char* name = archive_entry_pathname_utf8(entry);
    if (name == nullptr) name = archive_entry_pathname(entry);
    return name == nullptr ? std::string_view{} : std::string_view{name};
}

Result<Reader> open(const std::filesystem::path& package) {
    Reader reader(archive_read_new());
    if (!reader) return fail(internal_error("archive_read_new"));
    archive_read_support_format_zip_seekable(reader.get());
    archive_read_support_format_tar(reader.get());
    archive_read_support_filter_gzip(reader.get());
    if (archive_read_open_filename(reader.get(), package.c_str(), kPieceBytes) != ARCHIVE_OK)
        return fail(broken(reader.get()));
    return reader;
}

/// Goes to the first entry that is wanted; null when there is none.
Result<archive_entry*> seek(archive* reader, const std::function<bool(std::string_view)>& wanted) {
    archive_entry* entry = nullptr;
    for (std::size_t seen = 0; seen < kMostEntries; ++seen) {
        const int state = archive_read_next_header(reader, &entry);
        if (state == ARCHIVE_EOF) return nullptr;
        if (state != ARCHIVE_OK) return fail(broken(reader));
        if (wanted(name_of(entry))) return entry;
    }
    return nullptr;
}

Error no_such_member(const std::string& path, const std::string& there) {
    return invalid_argument(
        fmt::format("The package has no file {}; {}.", vendor_sentence(path, ""),
                    there.empty() ? "it has no GGUF file at all" : "it has " + vendor_sentence(there, "")),
        "source");
}

}  // namespace

struct PackageMember::State {
    Reader reader;
    std::int64_t size = 0;
};

PackageMember::PackageMember(std::unique_ptr<State> state) : state_(std::move(state)) {}
PackageMember::~PackageMember() = default;
PackageMember::PackageMember(PackageMember&&) noexcept = default;
PackageMember& PackageMember::operator=(PackageMember&&) noexcept = default;

Result<PackageMember> PackageMember::open_blocking(const std::filesystem::path& package,
                                                   const std::string& path) {
    BOT_TRY(reader, open(package));
    std::string there;
    BOT_TRY(entry, seek(reader.get(), [&](std::string_view name) {
                if (name.ends_with(".gguf") && there.size() < 200)
                    there += (there.empty() ? "" : ", ") + std::string(name);
                return name == path;
            }));
    if (entry == nullptr) return fail(no_such_member(path, there));
    const bool linked = archive_entry_hardlink(entry) != nullptr || archive_entry_symlink(entry) != nullptr;
    if (linked || archive_entry_filetype(entry) != AE_IFREG)
        return fail(
            invalid_argument("That path of the package is a link or a folder, not a file.", "source"));
    const auto size = archive_entry_size_is_set(entry) != 0 ? archive_entry_size(entry) : 0;
    return PackageMember(std::make_unique<State>(State{.reader = std::move(reader), .size = size}));
}

Result<std::string> PackageMember::read_blocking() {
    std::string piece(kPieceBytes, '\0');
    const auto count = archive_read_data(state_->reader.get(), piece.data(), piece.size());
    if (count < 0) return fail(broken(state_->reader.get()));
    piece.resize(static_cast<std::size_t>(count));
    return piece;
}

std::int64_t PackageMember::size_bytes() const noexcept {
    return state_->size;
}

std::string wheel_license_blocking(const std::filesystem::path& package) {
    auto reader = open(package);
    if (!reader) return {};
    const auto entry =
        seek(reader->get(), [](std::string_view name) { return name.ends_with(".dist-info/METADATA"); });
    if (!entry || *entry == nullptr) return {};
    std::string text(kMostMetadata, '\0');
    const auto count = archive_read_data(reader->get(), text.data(), text.size());
    text.resize(static_cast<std::size_t>(std::max<la_ssize_t>(count, 0)));
    for (const std::string_view field : {"\nLicense-Expression: ", "\nLicense: "}) {
        const auto at = text.find(field);
        if (at == std::string::npos) continue;
        const auto begin = at + field.size();
        return vendor_sentence(std::string_view(text).substr(begin, text.find('\n', begin) - begin), "");
    }
    return {};
}

}  // namespace boternity::infra::llm
