#include "cli/editor.hpp"

#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>

namespace boternity::cli {

namespace fs = std::filesystem;

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
    // it.
    std::string script = editor + " \"$1\"";
    std::string shell = "/bin/sh";
    std::string option = "-c";
    std::string file = path();
    std::array<char*, 6> arguments{shell.data(), option.data(), script.data(),
                                   shell.data(), file.data(),   nullptr};
    pid_t child = 0;
    if (const int error = posix_spawn(&child, "/bin/sh", nullptr, nullptr, arguments.data(), environ);
        error != 0) {
        return failed(fmt::format("The editor `{}` cannot be started: {}.", editor, std::strerror(error)));
    }
    int status = 0;
    while (waitpid(child, &status, 0) == -1 && errno == EINTR) {
    }
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        return failed(fmt::format("The editor `{}` failed; your text is in {}.", editor, file));
    }
    return {};
}

void Draft::remove() const {
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
}

}  // namespace boternity::cli
