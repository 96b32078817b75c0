#pragma once

#include "infra/config/config.hpp"

#include <boost/json/value.hpp>

#include <filesystem>
#include <optional>
#include <string>

namespace boternity::infra {

/// What an edit did.
struct ConfigEdit {
    std::filesystem::path file{};
    bool changed = false;  ///< false: the file said so already
    bool made = false;     ///< there was no file before
};

/// Gives the setting the value that `text` says, or none, in the configuration's file; without one,
/// boternity.toml is made in the data folder. Comments and order stay. The whole new text is checked before
/// it is written: to a new name, synchronised, then renamed, with the permissions of before.
///
/// Others that edit wait for at most ten seconds, each for the one before it; a file that somebody else
/// changes meanwhile is left as it is. Faults are those of the new text, or of the writing. `key` is a
/// setting's.
Checked<ConfigEdit> edit_config_blocking(const ConfigSources& sources, const std::string& key,
                                         const std::optional<std::string>& text);

}  // namespace boternity::infra
