#include "infra/config/config_file.hpp"

#include "infra/config/edit.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <system_error>

namespace boternity::infra {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

constexpr auto kPause = 20ms;
constexpr int kPauses = 500;  // ten seconds

std::unexpected<ConfigFaults> refuse(const fs::path& path, std::string message) {
    return std::unexpected(ConfigFaults{{.source = path.string(), .message = std::move(message)}});
}

std::unexpected<ConfigFaults> not_written(const fs::path& path, int error) {
    return refuse(
        path, fmt::format("The file cannot be written ({}); check the folder's permissions and free space.",
                          std::strerror(error)));
}

/// A descriptor that closes itself.
class File {
public:
    explicit File(int number) : number_(number) {}
    ~File() {
        if (number_ >= 0) ::close(number_);
    }
    File(const File&) = delete;
    File& operator=(const File&) = delete;
    int number() const noexcept { return number_; }

private:
    int number_;
};

/// Waits until nobody else edits files of the folder. The kernel lets go with the descriptor, however this
/// process ends; the folder itself is locked, since the file is replaced.
bool lock_folder_blocking(const File& folder) {
    boost::asio::io_context io;
    boost::asio::steady_timer timer(io);
    for (int i = 0; i < kPauses; ++i) {
        if (::flock(folder.number(), LOCK_EX | LOCK_NB) == 0) return true;
        if (errno != EWOULDBLOCK && errno != EINTR) return false;
        timer.expires_after(kPause);
        timer.wait();
    }
    return false;
}

/// As the file is, or for its owner only when there is none: it may tell of keys' names and addresses.
struct Owner {
    mode_t mode = 0600;
    std::optional<std::pair<uid_t, gid_t>> ids{};
};

Owner owner_of(const fs::path& path) {
    struct stat info{};
    if (::stat(path.c_str(), &info) != 0) return {};
    return {.mode = info.st_mode & 07777, .ids = std::pair(info.st_uid, info.st_gid)};
}

/// 0, or errno.
int write_new(const fs::path& path, std::string_view text, const Owner& owner) {
    ::unlink(path.c_str());  // of an edit that was killed
    const File file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (file.number() < 0) return errno;
    while (!text.empty()) {
        const auto written = ::write(file.number(), text.data(), text.size());
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return written < 0 ? errno : EIO;
        text.remove_prefix(static_cast<std::size_t>(written));
    }
    // Somebody else's file stays theirs where this process may do that.
    if (owner.ids && ::fchown(file.number(), owner.ids->first, owner.ids->second) != 0 && errno != EPERM)
        return errno;
    if (::fchmod(file.number(), owner.mode) != 0 || ::fsync(file.number()) != 0) return errno;
    return 0;
}

/// What is edited: a file, or the lack of one.
struct Before {
    fs::path path{};
    std::optional<std::string> text{};
};

Checked<Before> read_before(const fs::path& path) {
    std::error_code error;
    if (!fs::exists(fs::symlink_status(path, error))) return Before{.path = path};
    auto text = read_config_text_blocking(path);
    if (!text) return std::unexpected(std::move(text).error());
    return Before{.path = path, .text = std::move(*text)};
}

Checked<ConfigEdit> replace(const Before& before, const std::string& text, const File& folder) {
    auto fresh = before.path;
    fresh += ".new";
    if (const int error = write_new(fresh, text, owner_of(before.path)); error != 0) {
        ::unlink(fresh.c_str());
        return not_written(before.path, error);
    }
    const auto now = read_before(before.path);
    if (!now || now->text != before.text) {
        ::unlink(fresh.c_str());
        return refuse(before.path,
                      "Somebody else changed the file meanwhile; nothing was written, try again.");
    }
    if (::rename(fresh.c_str(), before.path.c_str()) != 0) {
        const int error = errno;
        ::unlink(fresh.c_str());
        return not_written(before.path, error);
    }
    ::fsync(folder.number());
    return ConfigEdit{.file = before.path, .changed = true, .made = !before.text};
}

/// The file that counts, behind links, so that a link stays one; a new one where there is none.
Checked<fs::path> file_to_edit(const ConfigSources& sources) {
    auto found = find_config_file_blocking(sources);
    if (!found) return found;
    auto path = found->empty() ? sources.data_folder / "boternity.toml" : std::move(*found);
    std::error_code error;
    auto target = fs::weakly_canonical(path, error);
    return error ? path : target;
}

}  // namespace

Checked<ConfigEdit> edit_config_blocking(const ConfigSources& sources, const std::string& key,
                                         const std::optional<std::string>& text) {
    const auto* rule = find_rule(key);
    if (!rule) return refuse(key, unknown_key(key));
    std::optional<boost::json::value> value;
    if (text) {
        value = read_value(*rule, *text);
        if (!value) return refuse(key, fmt::format("{} must be {}.", key, rule->expects));
    }
    if (sources.file.empty()) {
        std::error_code error;  // told by what comes next
        if (fs::create_directories(sources.data_folder, error)) {
            fs::permissions(sources.data_folder, fs::perms::owner_all, error);
        }
    }
    auto path = file_to_edit(sources);
    if (!path) return std::unexpected(std::move(path).error());
    const File folder(::open(path->parent_path().empty() ? "." : path->parent_path().c_str(),
                             O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (folder.number() < 0) return not_written(*path, errno);
    if (!lock_folder_blocking(folder)) {
        return refuse(*path, "Somebody else is writing the configuration; try again in a moment.");
    }
    // Again: the edit that was waited for may have made the file.
    path = file_to_edit(sources);
    if (!path) return std::unexpected(std::move(path).error());
    const auto format = format_of(*path);
    if (!format) return std::unexpected(format.error());
    auto before = read_before(*path);
    if (!before) return std::unexpected(std::move(before).error());
    const std::string old = before->text.value_or("");
    if (auto readable = parse_config(old, *format, path->string()); !readable) {
        return std::unexpected(std::move(readable).error());
    }
    const auto edited = edit_text(old, *format, key, value);
    if (!edited) {
        return refuse(*path,
                      fmt::format("{} stands in a place that cannot be edited without losing something; "
                                  "edit the file by hand, then run `boternity config check`.",
                                  key));
    }
    if (*edited == old) return ConfigEdit{.file = *path};
    if (auto checked = check_config(sources, *path, *edited); !checked) {
        return std::unexpected(std::move(checked).error());
    }
    return replace(*before, *edited, folder);
}

}  // namespace boternity::infra
