#pragma once

#include "infra/config/fault.hpp"

#include <boost/json/object.hpp>

#include <cstddef>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>

namespace boternity::infra {

/// Where something stands in a file: from 1, the column in characters.
struct FilePlace {
    int line = 0;
    int column = 0;
};

/// An entry in a file.
struct FilePart {
    FilePlace begin{};  ///< of its key, or of an item in a list
    FilePlace value{};
    FilePlace end{};  ///< behind the value; line 0 where the format's reader does not tell
};

/// A file's text as a tree, and where each part of it stands.
struct ConfigDocument {
    boost::json::object root{};
    std::map<std::string, FilePart> parts{};  ///< by key, "server.listen" or "providers[0].key"

    /// Of the key, or of the nearest part around it.
    FilePlace place_of(std::string key) const;
};

enum class ConfigFormat { Toml, Yaml };

/// Larger files are refused.
inline constexpr std::size_t kMaxConfigBytes = 1024 * 1024;
/// So are longer texts in them.
inline constexpr std::size_t kMaxConfigText = 4096;

/// By the name's ending: .toml, .yaml or .yml.
Checked<ConfigFormat> format_of(const std::filesystem::path& path);

/// A file's text: an ordinary file of at most kMaxConfigBytes that holds UTF-8 without NUL.
Checked<std::string> read_config_text_blocking(const std::filesystem::path& path);

/// Reads the text; what is wrong is told with line and column. `source` is the file's path.
Checked<ConfigDocument> parse_toml(std::string_view text, const std::string& source);
/// YAML without aliases, tags and a second document: nothing in it can grow, or mean two things.
Checked<ConfigDocument> parse_yaml(std::string_view text, const std::string& source);
Checked<ConfigDocument> parse_config(std::string_view text, ConfigFormat format, const std::string& source);

}  // namespace boternity::infra
