#include "infra/config/document.hpp"

#include <boost/locale/utf.hpp>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <optional>

namespace boternity::infra {
namespace {

using Utf8 = boost::locale::utf::utf_traits<char>;

std::unexpected<ConfigFaults> refuse(const std::filesystem::path& path, std::string message,
                                     FilePlace at = {}) {
    return std::unexpected(ConfigFaults{{.source = path.string(),
                                         .line = at.line,
                                         .column = at.column,
                                         .key = {},
                                         .message = std::move(message)}});
}

/// The first byte that is no UTF-8, or a NUL.
std::optional<FilePlace> first_wrong_byte(std::string_view text) {
    FilePlace at{.line = 1, .column = 1};
    auto next = text.begin();
    while (next != text.end()) {
        const auto character = Utf8::decode(next, text.end());
        if (character == 0 || character == boost::locale::utf::illegal ||
            character == boost::locale::utf::incomplete) {
            return at;
        }
        at = character == '\n' ? FilePlace{.line = at.line + 1, .column = 1}
                               : FilePlace{.line = at.line, .column = at.column + 1};
    }
    return std::nullopt;
}

/// The whole file, or errno.
std::expected<std::string, int> read_all(int file) {
    std::string text;
    std::string piece(64 * 1024, '\0');
    while (text.size() <= kMaxConfigBytes) {
        const auto got = ::read(file, piece.data(), piece.size());
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return std::unexpected(errno);
        if (got == 0) break;
        text.append(piece, 0, static_cast<std::size_t>(got));
    }
    return text;
}

}  // namespace

FilePlace ConfigDocument::place_of(std::string key) const {
    for (;;) {
        if (const auto found = parts.find(key); found != parts.end()) return found->second.begin;
        const auto cut = key.find_last_of(".[");
        if (cut == std::string::npos) return {};
        key.resize(cut);
    }
}

Checked<ConfigFormat> format_of(const std::filesystem::path& path) {
    const auto ending = path.extension();
    if (ending == ".toml") return ConfigFormat::Toml;
    if (ending == ".yaml" || ending == ".yml") return ConfigFormat::Yaml;
    return refuse(path, "The name of a configuration file ends in .toml, .yaml or .yml; rename it.");
}

Checked<std::string> read_config_text_blocking(const std::filesystem::path& path) {
    // Without waiting for somebody to write into a pipe that was named.
    const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (file < 0) {
        return refuse(path, fmt::format("The file cannot be read ({}); check its path and permissions.",
                                        std::strerror(errno)));
    }
    struct stat info{};
    const bool ordinary = ::fstat(file, &info) == 0 && S_ISREG(info.st_mode);
    const auto text = ordinary ? read_all(file) : std::string();
    ::close(file);
    if (!ordinary) return refuse(path, "This is no ordinary file; name one.");
    if (!text) {
        return refuse(
            path, fmt::format("The file cannot be read ({}); check its disk.", std::strerror(text.error())));
    }
    if (text->size() > kMaxConfigBytes) return refuse(path, "The file is larger than 1 MiB; shorten it.");
    if (const auto wrong = first_wrong_byte(*text)) {
        return refuse(path, "What stands here is no UTF-8 text; save the file as UTF-8.", *wrong);
    }
    return *text;
}

Checked<ConfigDocument> parse_config(std::string_view text, ConfigFormat format, const std::string& source) {
    return format == ConfigFormat::Toml ? parse_toml(text, source) : parse_yaml(text, source);
}

}  // namespace boternity::infra
