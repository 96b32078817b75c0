#include "cli/packed_folder.hpp"

#include "cli/plain_file.hpp"
#include "cli/safe_text.hpp"
#include "infra/archive/archive_files.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <system_error>
#include <utility>
#include <vector>

namespace boternity::cli {
namespace {

namespace fs = std::filesystem;

constexpr infra::ArchiveLimits kLimits{};

auto unusable(const fs::path& path, std::string_view why) {
    return usage_error(fmt::format("{} {}.", safe_line(path.string()), why), "PATH");
}

Answer<std::vector<core::NamedFile>> files_of(const fs::path& folder) {
    std::vector<core::NamedFile> files;
    std::uint64_t total = 0;
    std::error_code error;
    fs::recursive_directory_iterator each(folder, error);
    for (; !error && each != fs::recursive_directory_iterator(); each.increment(error)) {
        const fs::path& path = each->path();
        const fs::file_status status = each->symlink_status(error);
        if (error) break;
        if (status.type() == fs::file_type::directory) {
            if (path.filename().string().starts_with('.')) each.disable_recursion_pending();
            continue;
        }
        if (status.type() != fs::file_type::regular)
            return unusable(path, "is a link or a special file; an archive holds plain files only");
        if (files.size() >= kLimits.entries)
            return unusable(folder, fmt::format("holds more than {} files", kLimits.entries));
        BOT_TRY(bytes, read_plain_file(path, kLimits.unpacked_bytes, Links::Refused, "PATH"));
        total += bytes.size();
        if (total > kLimits.unpacked_bytes)
            return unusable(folder, fmt::format("holds more than {} MiB", kLimits.unpacked_bytes >> 20U));
        files.push_back(
            {.path = path.lexically_relative(folder).generic_string(), .bytes = std::move(bytes)});
    }
    if (error) return unusable(folder, "cannot be read: " + error.message());
    if (files.empty()) return unusable(folder, "is empty");
    std::ranges::sort(files, {}, &core::NamedFile::path);
    return files;
}

}  // namespace

Answer<std::string> archive_at(const fs::path& path) {
    std::error_code error;
    if (!fs::is_directory(path, error))
        return read_plain_file(path, kLimits.packed_bytes, Links::Followed, "PATH");
    BOT_TRY(files, files_of(path));
    auto packed = infra::write_zip(files, kLimits);
    if (!packed) return usage_error(packed.error().message, "PATH");
    return std::move(*packed);
}

}  // namespace boternity::cli
