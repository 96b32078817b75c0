#include "cli/plain_file.hpp"

#include "cli/safe_text.hpp"

#include <boost/json/object.hpp>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <utility>

namespace boternity::cli {
namespace {

namespace json = boost::json;

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

Answer<ExitCode> write_file(const std::string& path, const std::string& bytes, bool force) {
    const std::string name = safe_line(path);
    const int flags = O_WRONLY | O_CREAT | O_CLOEXEC | (force ? O_TRUNC : O_EXCL);
    const int file = ::open(path.c_str(), flags, S_IRUSR | S_IWUSR);
    if (file < 0 && errno == EEXIST)
        return usage_error(name + " is there already; --force writes over it.", "--output");
    if (file < 0) return usage_error(name + " cannot be written.", "--output");
    std::size_t done = 0;
    while (done < bytes.size()) {
        const ssize_t wrote = ::write(file, bytes.data() + done, bytes.size() - done);
        if (wrote < 0 && errno == EINTR) continue;
        if (wrote <= 0) break;
        done += static_cast<std::size_t>(wrote);
    }
    const bool whole = ::close(file) == 0 && done == bytes.size();
    if (whole) return ExitCode::Ok;
    ::unlink(path.c_str());
    return failed(name + " could not be written whole; nothing was left.", "storage_full");
}

}  // namespace

Answer<std::string> read_plain_file(const std::filesystem::path& path, std::size_t most, Links links,
                                    const std::string& option) {
    const auto unusable = [&](std::string_view why) {
        return usage_error(fmt::format("{} {}.", safe_line(path.string()), why), option);
    };
    // A pipe or a device would hold up the open.
    const int flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | (links == Links::Followed ? 0 : O_NOFOLLOW);
    const Descriptor file(::open(path.c_str(), flags));
    struct stat about{};
    if (file.number() < 0 || ::fstat(file.number(), &about) != 0) return unusable("cannot be read");
    if (!S_ISREG(about.st_mode)) return unusable("is no regular file");
    if (static_cast<std::uint64_t>(about.st_size) > most)
        return unusable(fmt::format("is larger than {} MiB", most >> 20U));
    std::string bytes;
    std::array<char, 65'536> part{};
    for (;;) {
        const ssize_t got = ::read(file.number(), part.data(), part.size());
        if (got < 0) return unusable("cannot be read");
        if (got == 0) return bytes;
        bytes.append(part.data(), static_cast<std::size_t>(got));
        if (bytes.size() > most) return unusable("grows while it is read");
    }
}

Answer<ExitCode> save_download(Invocation& invocation, const Download& file, std::string path, bool force,
                               std::string_view otherwise) {
    auto& out = invocation.out();
    if (path == "-") {
        out.write(file.bytes);
        return ExitCode::Ok;
    }
    if (path.empty()) path = file.file_name.empty() ? std::string(otherwise) : file.file_name;
    BOT_CHECK(write_file(path, file.bytes, force));
    if (out.json()) {
        out.json_document(json::object{{"file", path}, {"bytes", file.bytes.size()}});
    } else {
        out.line(fmt::format("Wrote {}{}{} ({} bytes)", out.bold(), safe_line(path), out.reset(),
                             file.bytes.size()));
    }
    return ExitCode::Ok;
}

}  // namespace boternity::cli
