#include "cli/editor.hpp"

#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>

namespace boternity::cli {

namespace fs = std::filesystem;

namespace {

/// While it lives, Ctrl-C and Ctrl-\ do not end this process: they are meant for the editor in front of it.
class DeafToKeys {
public:
    DeafToKeys() {
        struct sigaction ignore{};
        ignore.sa_handler = SIG_IGN;
        sigaction(SIGINT, &ignore, &interrupt_);
        sigaction(SIGQUIT, &ignore, &quit_);
    }
    ~DeafToKeys() {
        sigaction(SIGINT, &interrupt_, nullptr);
        sigaction(SIGQUIT, &quit_, nullptr);
    }
    DeafToKeys(const DeafToKeys&) = delete;
    DeafToKeys& operator=(const DeafToKeys&) = delete;

private:
    struct sigaction interrupt_{};
    struct sigaction quit_{};
};

/// Starts a program to which the signals that this process ignores mean what they mean to any other. Answers
/// 0, or errno.
int spawn(pid_t& child, char* const* arguments) {
    sigset_t usual;
    sigemptyset(&usual);
    for (const int signal : {SIGINT, SIGQUIT, SIGPIPE}) sigaddset(&usual, signal);
    posix_spawnattr_t attributes;
    if (const int error = posix_spawnattr_init(&attributes); error != 0) return error;
    posix_spawnattr_setsigdefault(&attributes, &usual);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
    const int error = posix_spawn(&child, arguments[0], nullptr, &attributes, arguments, environ);
    posix_spawnattr_destroy(&attributes);
    return error;
}

}  // namespace

Answer<Draft> Draft::make(const std::string& file_name, const std::string& text) {
    std::error_code error;
    const fs::path parent = fs::temp_directory_path(error);
    if (error) return failed("There is no folder for temporary files; set TMPDIR.");
    std::string folder = (parent / "boternity-XXXXXX").string();
    if (mkdtemp(folder.data()) == nullptr) {
        return failed(fmt::format("No folder can be made in {}: {}.", parent.string(), std::strerror(errno)));
    }
    Draft draft(std::move(folder), file_name);
    std::ofstream file(draft.path(), std::ios::binary);
    file << text;
    file.close();
    if (!file) return failed(fmt::format("{} cannot be written: {}.", draft.path(), std::strerror(errno)));
    return draft;
}

Answer<void> Draft::edit(const Environment& env) const {
    std::string editor = env("VISUAL").value_or(env("EDITOR").value_or("vi"));
    // The variables hold a command line ("code --wait"), so a shell splits it; the path is passed apart from
    // it. The shell itself outlives Ctrl-C and Ctrl-\, too: a trap, unlike what is ignored, stays with it.
    std::string script = "trap : INT QUIT; " + editor + " \"$1\"";
    std::string shell = "/bin/sh";
    std::string option = "-c";
    std::string file = path();
    const std::array<char*, 6> arguments{shell.data(), option.data(), script.data(),
                                         shell.data(), file.data(),   nullptr};
    const DeafToKeys deaf;
    pid_t child = 0;
    if (const int error = spawn(child, arguments.data()); error != 0) {
        return failed(fmt::format("The editor `{}` cannot be started: {}; your text is in {}.", editor,
                                  std::strerror(error), file));
    }
    int status = 0;
    pid_t ended = 0;
    while ((ended = waitpid(child, &status, 0)) == -1 && errno == EINTR) {
    }
    if (ended == -1 || !WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        return failed(fmt::format("The editor `{}` failed; your text is in {}.", editor, file));
    }
    return {};
}

void Draft::remove() const {
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
}

}  // namespace boternity::cli
