#include "app/owner_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace boternity::app {
namespace {

std::unexpected<Error> failed(const std::filesystem::path& path, int error) {
    return fail(ErrorCode::Unavailable,
                fmt::format("{} cannot be written ({}); check the folder's permissions and free space.",
                            path.string(), std::strerror(error)));
}

bool write_all(int file, std::string_view text) {
    while (!text.empty()) {
        const auto written = ::write(file, text.data(), text.size());
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return false;
        text.remove_prefix(static_cast<std::size_t>(written));
    }
    return true;
}

}  // namespace

Status write_owner_file_blocking(const std::filesystem::path& path, std::string_view text) {
    auto fresh = path;
    fresh += ".new";
    const int file = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (file < 0) return failed(path, errno);
    const bool written = write_all(file, text) && ::fsync(file) == 0;
    const int error = errno;
    ::close(file);
    if (!written) return failed(path, error);
    if (::rename(fresh.c_str(), path.c_str()) != 0) return failed(path, errno);
    return {};
}

}  // namespace boternity::app
