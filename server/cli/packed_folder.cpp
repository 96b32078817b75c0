#include "cli/packed_folder.hpp"

#include "cli/safe_text.hpp"
#include "infra/archive/archive_files.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <optional>
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

class Descriptor {
public:
    explicit Descriptor(int number) noexcept : number_(number) {}
    ~Descriptor() {
        if (number_ >= 0) ::close(number_);
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    int number() const noexcept { return number_; }

private:
    int number_;
};

/// A regular file whole; `follow` allows the path itself to be a link.
Answer<std::string> read_file(const fs::path& path, std::size_t most, bool follow) {
    // A pipe or a device would hold up the open.
    const Descriptor file(
        ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | (follow ? 0 : O_NOFOLLOW)));
    struct stat about{};
    if (file.number() < 0 || ::fstat(file.number(), &about) != 0) return unusable(path, "cannot be read");
    if (!S_ISREG(about.st_mode)) return unusable(path, "is no regular file");
    if (static_cast<std::uint64_t>(about.st_size) > most)
        return unusable(path, fmt::format("is larger than {} MiB", most >> 20U));
    std::string bytes;
    std::array<char, 65'536> part{};
    for (;;) {
        const ssize_t got = ::read(file.number(), part.data(), part.size());
        if (got < 0) return unusable(path, "cannot be read");
        if (got == 0) return bytes;
        bytes.append(part.data(), static_cast<std::size_t>(got));
        if (bytes.size() > most) return unusable(path, "grows while it is read");
    }
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
        BOT_TRY(bytes, read_file(path, kLimits.unpacked_bytes, false));
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
    if (!fs::is_directory(path, error)) return read_file(path, kLimits.packed_bytes, true);
    BOT_TRY(files, files_of(path));
    auto packed = infra::write_zip(files, kLimits);
    if (!packed) return usage_error(packed.error().message, "PATH");
    return std::move(*packed);
}

}  // namespace boternity::cli
