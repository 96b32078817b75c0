#include "cli/input.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

namespace boternity::cli {
namespace {

Answer<std::string> read_all(std::FILE* file, const std::string& name) {
    std::string text;
    std::array<char, 16 * 1024> chunk{};
    while (const std::size_t count = std::fread(chunk.data(), 1, chunk.size(), file)) {
        text.append(chunk.data(), count);
        if (text.size() > kMostInputBytes) {
            return usage_error(fmt::format("{} is larger than {} KiB.", name, kMostInputBytes / 1024));
        }
    }
    if (std::ferror(file) != 0)
        return usage_error(fmt::format("{} cannot be read: {}.", name, std::strerror(errno)));
    return text;
}

}  // namespace

Answer<std::string> read_input(const Invocation& invocation, const std::string& path) {
    if (path == "-") return read_all(invocation.platform().in, "stdin");
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rb"), &std::fclose);
    if (!file) return usage_error(fmt::format("{} cannot be read: {}.", path, std::strerror(errno)));
    return read_all(file.get(), path);
}

bool stdin_is_terminal(const Invocation& invocation) {
    const int descriptor = fileno(invocation.platform().in);
    return descriptor >= 0 && isatty(descriptor) == 1;
}

Answer<bool> confirm(const Invocation& invocation, const std::string& question) {
    if (!stdin_is_terminal(invocation)) {
        return usage_error("There is no terminal to ask on: say --yes if you are sure.");
    }
    fmt::print(invocation.platform().err, "{} [y/N] ", question);
    std::fflush(invocation.platform().err);
    std::array<char, 64> answer{};
    if (std::fgets(answer.data(), answer.size(), invocation.platform().in) == nullptr) return false;
    return answer[0] == 'y' || answer[0] == 'Y';
}

}  // namespace boternity::cli
