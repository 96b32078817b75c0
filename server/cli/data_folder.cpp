#include "cli/data_folder.hpp"

#include <cstdlib>

namespace boternity::cli {

std::optional<std::string> process_environment(const char* name) {
    // Read at the start of a command, when this process has one thread and changes no variables.
    const char* value = std::getenv(name);
    if (value == nullptr || *value == '\0') return std::nullopt;
    return value;
}

std::filesystem::path default_data_folder(const Environment& env) {
    if (const auto data = env("BOTERNITY_DATA")) return *data;
    // The XDG specification: a relative path is invalid and ignored.
    if (const auto xdg = env("XDG_DATA_HOME"); xdg && xdg->starts_with('/')) {
        return std::filesystem::path(*xdg) / "boternity";
    }
    if (const auto home = env("HOME")) return std::filesystem::path(*home) / ".local/share/boternity";
    return "boternity-data";
}

}  // namespace boternity::cli
