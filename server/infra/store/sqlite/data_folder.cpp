#include "infra/store/sqlite/data_folder.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string_view>
#include <system_error>
#include <utility>

namespace boternity::infra::store {
namespace {

/// A sentence that says which file, what went wrong, and what to do.
std::unexpected<Error> cannot(const char* what, const std::filesystem::path& path, int error) {
    const ErrorCode code =
        error == ENOSPC || error == EDQUOT ? ErrorCode::StorageFull : ErrorCode::Unavailable;
    return fail(code, std::string("Cannot ") + what + " " + path.string() + ": " +
                          std::generic_category().message(error) +
                          ". Check its permissions and free space, or choose another folder with --data.");
}

std::string holder_of(int lock) {
    std::array<char, 32> text{};
    const ssize_t size = ::pread(lock, text.data(), text.size() - 1, 0);
    std::string pid(text.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
    pid.erase(pid.find_last_not_of("\n ") + 1);
    return pid.empty() ? "unknown" : pid;
}

Status sync_blocking(const std::filesystem::path& path, int flags) {
    const int file = ::open(path.c_str(), flags | O_CLOEXEC);
    if (file < 0) return cannot("open", path, errno);
    const int code = ::fsync(file);
    const int error = errno;
    ::close(file);
    if (code != 0) return cannot("write", path, error);
    return {};
}

}  // namespace

Result<DataFolder> DataFolder::open_blocking(std::filesystem::path path) {
    std::error_code error;
    path = std::filesystem::absolute(path, error).lexically_normal();
    BOT_CHECK(make_private_folder_blocking(path));
    const std::filesystem::path file = path / "lock";
    const int lock = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (lock < 0) return cannot("open", file, errno);
    DataFolder folder(std::move(path), lock);
    if (::flock(lock, LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK) return cannot("lock", file, errno);
        return fail(ErrorCode::Unavailable, "Another Boternity (pid " + holder_of(lock) + ") uses " +
                                                folder.path_.string() +
                                                "; stop it or choose another folder with --data.");
    }
    // For the sentence above only: a pid that could not be written is worth no failure.
    const std::string pid = std::to_string(::getpid()) + "\n";
    if (::ftruncate(lock, 0) == 0) {
        [[maybe_unused]] const ssize_t written = ::pwrite(lock, pid.data(), pid.size(), 0);
    }
    return folder;
}

DataFolder::DataFolder(DataFolder&& other) noexcept
    : path_(std::move(other.path_)), lock_(std::exchange(other.lock_, -1)) {}

DataFolder::~DataFolder() {
    // The file stays: removing it would let two processes lock two files of one name.
    if (lock_ >= 0) ::close(lock_);
}

Status make_private_folder_blocking(const std::filesystem::path& path) {
    std::error_code error;
    if (std::filesystem::is_directory(path, error)) return {};
    if (path.has_parent_path() && path.parent_path() != path) {
        BOT_CHECK(make_private_folder_blocking(path.parent_path()));
    }
    if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) return cannot("make the folder", path, errno);
    if (!std::filesystem::is_directory(path, error)) return cannot("use as a folder", path, ENOTDIR);
    return sync_folder_blocking(path.parent_path());
}

bool DataFolder::is_ours_alone_blocking() const {
    constexpr std::array<std::string_view, 4> kOurs{"backups", "lock", "token", "server.json"};
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(path_, error)) {
        const std::string name = entry.path().filename();
        if (!name.starts_with("boternity.db") && std::ranges::find(kOurs, name) == kOurs.end()) return false;
    }
    return !error;
}

Result<bool> close_to_others_blocking(const std::filesystem::path& path) {
    constexpr mode_t others = S_IRWXG | S_IRWXO;
    const int folder = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0) return cannot("open", path, errno);
    struct stat found{};
    int code = ::fstat(folder, &found);
    const bool to_close = code == 0 && (found.st_mode & others) != 0 && (found.st_mode & S_ISVTX) == 0 &&
                          found.st_uid == ::geteuid();
    if (to_close) code = ::fchmod(folder, found.st_mode & ~others & 07777);
    const int error = errno;
    ::close(folder);
    if (code != 0) return cannot("change the permissions of", path, error);
    return to_close;
}

Status make_private_file_blocking(const std::filesystem::path& path) {
    const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (file < 0) return cannot("open", path, errno);
    ::close(file);
    return {};
}

Status sync_folder_blocking(const std::filesystem::path& path) {
    return sync_blocking(path, O_RDONLY | O_DIRECTORY);
}

Status sync_file_blocking(const std::filesystem::path& path) {
    return sync_blocking(path, O_RDONLY);
}

}  // namespace boternity::infra::store
