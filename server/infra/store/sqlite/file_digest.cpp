#include "infra/store/sqlite/file_digest.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/evp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <functional>
#include <memory>
#include <string_view>
#include <system_error>
#include <utility>

namespace boternity::infra::store {
namespace {

constexpr std::size_t kPiece = 1024 * 1024;

std::unexpected<Error> cannot(const char* what, const std::filesystem::path& path, int error) {
    return fail(error == ENOSPC || error == EDQUOT ? ErrorCode::StorageFull : ErrorCode::Unavailable,
                fmt::format("Cannot {} {}: {}. Check its permissions and the disk.", what, path.string(),
                            std::generic_category().message(error)));
}

}  // namespace

PlainFile::PlainFile(int file, std::int64_t size, std::filesystem::path path)
    : file_(file), size_(size), path_(std::move(path)) {}

PlainFile::PlainFile(PlainFile&& other) noexcept
    : file_(std::exchange(other.file_, -1)), size_(other.size_), path_(std::move(other.path_)) {}

PlainFile::~PlainFile() {
    if (file_ >= 0) ::close(file_);
}

Result<PlainFile> PlainFile::open_blocking(const std::filesystem::path& path) {
    // Without O_NONBLOCK a pipe of that name would be waited for.
    const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (file < 0 && errno == ENOENT)
        return fail(not_found(fmt::format("There is no file {}.", path.string())));
    if (file < 0 && errno == ELOOP)
        return fail(ErrorCode::WrongState,
                    fmt::format("{} is a symbolic link; name the file that it leads to.", path.string()));
    if (file < 0) return cannot("open", path, errno);
    struct stat found{};
    const bool known = ::fstat(file, &found) == 0;
    PlainFile opened(file, found.st_size, path);
    if (!known || !S_ISREG(found.st_mode))
        return fail(ErrorCode::WrongState, fmt::format("{} is no file; name a backup.", path.string()));
    return opened;
}

Result<std::string> PlainFile::read_blocking(std::int64_t offset, std::size_t size) const {
    std::string bytes(size, '\0');
    std::size_t have = 0;
    while (have < size) {
        const ssize_t got =
            ::pread(file_, bytes.data() + have, size - have, offset + static_cast<std::int64_t>(have));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return cannot("read", path_, errno);
        if (got == 0) break;
        have += static_cast<std::size_t>(got);
    }
    bytes.resize(have);
    return bytes;
}

Result<std::string> PlainFile::digest_blocking(std::int64_t size) const {
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> hash(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
    if (!hash || EVP_DigestInit_ex(hash.get(), EVP_sha256(), nullptr) != 1)
        return fail(internal_error("OpenSSL gives no sha256"));
    for (std::int64_t at = 0; at < size;) {
        const auto want = static_cast<std::size_t>(std::min<std::int64_t>(kPiece, size - at));
        BOT_TRY(piece, read_blocking(at, want));
        if (piece.empty()) break;
        EVP_DigestUpdate(hash.get(), piece.data(), piece.size());
        at += static_cast<std::int64_t>(piece.size());
    }
    unsigned char bytes[EVP_MAX_MD_SIZE];
    unsigned length = 0;
    EVP_DigestFinal_ex(hash.get(), bytes, &length);
    std::string text = "sha256:";
    for (unsigned i = 0; i < length; ++i) text += fmt::format("{:02x}", bytes[i]);
    return text;
}

Status PlainFile::copy_blocking(std::int64_t size, const std::filesystem::path& target) const {
    const int to = ::open(target.c_str(), O_WRONLY | O_TRUNC | O_CLOEXEC | O_NOFOLLOW);
    if (to < 0) return cannot("write", target, errno);
    const std::unique_ptr<const int, void (*)(const int*)> closed(&to,
                                                                  [](const int* file) { ::close(*file); });
    for (std::int64_t at = 0; at < size;) {
        const auto want = static_cast<std::size_t>(std::min<std::int64_t>(kPiece, size - at));
        BOT_TRY(piece, read_blocking(at, want));
        if (piece.empty()) return cannot("read", path_, EIO);
        std::string_view left = piece;
        while (!left.empty()) {
            const ssize_t written = ::write(to, left.data(), left.size());
            if (written < 0 && errno == EINTR) continue;
            if (written < 0) return cannot("write", target, errno);
            left.remove_prefix(static_cast<std::size_t>(written));
        }
        at += static_cast<std::int64_t>(piece.size());
    }
    if (::fsync(to) != 0) return cannot("write", target, errno);
    return {};
}

}  // namespace boternity::infra::store
