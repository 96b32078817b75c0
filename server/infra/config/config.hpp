#pragma once

#include "infra/config/document.hpp"
#include "infra/config/fault.hpp"
#include "infra/config/references.hpp"
#include "infra/config/schema.hpp"
#include "types/result.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace boternity::infra {

/// A setting's value, and who said it: "default", "file boternity.toml:12", "environment BOTERNITY_LISTEN" or
/// "command line --listen".
struct ConfigSetting {
    ConfigValue value{};
    std::string origin = "default";
    bool operator==(const ConfigSetting&) const = default;
};

/// A provider that the file declares.
struct DeclaredProvider {
    std::string name{};
    std::string kind{};
    std::string base_url{};
    std::string key{};  ///< env:NAME or empty
    std::vector<std::string> models{};
    std::optional<int> window_tokens{};
    std::string origin{};  ///< "file boternity.toml:30"
};

/// A web service that the file declares as a tool.
struct DeclaredTool {
    std::string name{};
    std::string description{};
    std::string url{};
    std::string parameters{};  ///< a JSON object as text; empty: none was given
    std::vector<std::pair<std::string, std::string>> headers{};  ///< values of secrets are env:NAME
    bool read_only = false;
    bool idempotent = false;
    int timeout_seconds = 30;
    std::string origin{};  ///< "file boternity.toml:30"
};

/// The whole configuration, found right: every setting of the schema is in it.
struct Config {
    std::filesystem::path file{};  ///< empty when there is none
    std::map<std::string, ConfigSetting, std::less<>> settings{};
    std::vector<DeclaredProvider> providers{};
    std::vector<DeclaredTool> tools{};

    const ConfigSetting& setting(std::string_view key) const;
    /// By the setting's type, which the caller knows from the schema.
    const std::string& text(std::string_view key) const;
    std::int64_t number(std::string_view key) const;
    const std::vector<std::string>& list(std::string_view key) const;
};

/// Rules that the schema cannot say, given by whoever knows them.
struct ConfigChecks {
    /// By key; a list is asked item by item.
    std::map<std::string, std::function<Status(std::string_view)>, std::less<>> settings{};
    std::function<Status(const DeclaredProvider&)> provider{};
    std::function<Status(const DeclaredTool&)> tool{};
};

/// Where the configuration comes from. Kept by a server, which reads it again at a reload.
struct ConfigSources {
    std::filesystem::path file{};         ///< named by a person; empty: looked for in `data_folder`
    std::filesystem::path data_folder{};  ///< where a file is looked for
    std::map<std::string, std::vector<std::string>, std::less<>> options{};  ///< of the command line, by key
    ConfigEnvironment env{};
    ConfigChecks checks{};
};

/// The file that counts: the named one, else boternity.toml, .yaml or .yml in the data folder, else none
/// (empty). More than one there is a fault.
Checked<std::filesystem::path> find_config_file_blocking(const ConfigSources& sources);

/// Reads and checks everything. Command line > environment > file > default.
Checked<Config> load_config_blocking(const ConfigSources& sources);

/// The same of a text that is to become `file`.
Checked<Config> check_config(const ConfigSources& sources, const std::filesystem::path& file,
                             std::string_view text);

/// The data folder that this file names, or empty. Only as much of the file is checked as that needs.
Checked<std::string> data_folder_in_file_blocking(const std::filesystem::path& file,
                                                  const ConfigEnvironment& env);

}  // namespace boternity::infra
