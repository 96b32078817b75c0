#include "infra/store/sqlite/folder_faults.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <optional>
#include <system_error>
#include <utility>

namespace boternity::infra::store {
namespace {

namespace fs = std::filesystem;

constexpr mode_t kOthers = S_IRWXG | S_IRWXO;
constexpr mode_t kOthersWrite = S_IWGRP | S_IWOTH;

/// A descriptor that closes itself.
class File {
public:
    explicit File(int number) : number_(number) {}
    File(File&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
    File& operator=(File&&) = delete;
    ~File() {
        if (number_ >= 0) ::close(number_);
    }
    int number() const noexcept { return number_; }

private:
    int number_;
};

struct Entry {
    const char* name;
    bool folder = false;
    bool own_check = false;  ///< whoever reads it refuses by itself when others may
};
constexpr std::array kEntries{
    Entry{"boternity.db"},         Entry{"boternity.db-wal"},       Entry{"boternity.db-shm"},
    Entry{"boternity.db-journal"}, Entry{"boternity.db.restoring"}, Entry{"lock"},
    Entry{"server.json"},          Entry{"token", false, true},     Entry{"backups", true},
};

/// Opened only to be looked at. A kernel without openat2 has O_NOFOLLOW, and the name is one component.
File open_beneath(int folder, const char* name) {
    open_how how{};
    how.flags = O_PATH | O_NOFOLLOW | O_CLOEXEC;
    how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS;
    const long opened = ::syscall(SYS_openat2, folder, name, &how, sizeof how);
    if (opened >= 0 || (errno != ENOSYS && errno != EPERM)) return File(static_cast<int>(opened));
    return File(::openat(folder, name, O_PATH | O_NOFOLLOW | O_CLOEXEC));
}

std::optional<FolderFault> fault_of(const fs::path& path, const struct stat& found, const Entry& entry) {
    const auto fault = [&](std::string what, std::string cure, bool closable = false) {
        return FolderFault{path, std::move(what), std::move(cure), closable};
    };
    if (S_ISLNK(found.st_mode)) return fault("is a symbolic link", "put what it leads to in its place");
    if (entry.folder ? !S_ISDIR(found.st_mode) : !S_ISREG(found.st_mode))
        return fault(entry.folder ? "is no folder" : "is no file", "move it away");
    if (found.st_uid != ::geteuid())
        return fault(fmt::format("belongs to another user (uid {})", found.st_uid),
                     fmt::format("run `chown {} '{}'`", ::geteuid(), path.string()));
    if (!entry.folder && found.st_nlink > 1)
        return fault("has a second name somewhere (a hard link)", "copy it and remove the links");
    if ((found.st_mode & kOthers) != 0 && !entry.own_check)
        return fault("can be read or changed by others",
                     fmt::format("run `chmod {} '{}'`", entry.folder ? "700" : "600", path.string()), true);
    return std::nullopt;
}

}  // namespace

std::vector<FolderFault> folder_faults_blocking(const fs::path& folder) {
    std::vector<FolderFault> faults;
    const File opened(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    struct stat found{};
    if (opened.number() < 0 || ::fstat(opened.number(), &found) != 0) return faults;
    if (found.st_uid != ::geteuid() && found.st_uid != 0) {
        faults.push_back({folder, fmt::format("belongs to another user (uid {})", found.st_uid),
                          fmt::format("run `chown {} '{}'`, or choose another folder with --data",
                                      ::geteuid(), folder.string())});
    } else if ((found.st_mode & kOthersWrite) != 0) {
        faults.push_back(
            {folder, "can be written by others",
             fmt::format("run `chmod 700 '{}'`, or choose another folder with --data", folder.string()),
             found.st_uid == ::geteuid() && (found.st_mode & S_ISVTX) == 0});
    }
    for (const Entry& entry : kEntries) {
        const File file = open_beneath(opened.number(), entry.name);
        const fs::path path = folder / entry.name;
        if (file.number() < 0 && (errno == ELOOP || errno == EXDEV)) {
            faults.push_back({path, "is a symbolic link", "put what it leads to in its place"});
        } else if (file.number() >= 0 && ::fstat(file.number(), &found) == 0) {
            if (auto fault = fault_of(path, found, entry)) faults.push_back(std::move(*fault));
        }
    }
    return faults;
}

Status close_blocking(const FolderFault& fault) {
    const File file(::open(fault.path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK));
    struct stat found{};
    if (file.number() >= 0 && ::fstat(file.number(), &found) == 0 &&
        ::fchmod(file.number(), found.st_mode & ~kOthers & 07777) == 0)
        return {};
    return fail(ErrorCode::Unavailable,
                fmt::format("Cannot change the permissions of {}: {}.", fault.path.string(),
                            std::generic_category().message(errno)));
}

}  // namespace boternity::infra::store
