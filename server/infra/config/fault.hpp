#pragma once

#include <expected>
#include <string>
#include <vector>

namespace boternity::infra {

/// One thing that is wrong with the configuration. Never holds the text of a value: a key may have been
/// pasted where it does not belong.
struct ConfigFault {
    std::string source{};   ///< the file's path, "environment NAME", or "command line --option"
    int line = 0;           ///< from 1; 0 when the source has no lines
    int column = 0;         ///< in characters, from 1; 0 when it is the whole line
    std::string key{};      ///< the setting, e.g. "server.listen" or "providers[0].key"; empty: none
    std::string message{};  ///< one sentence that says what to do

    /// "FILE:12:3: sentence", as editors and people read it.
    std::string text() const;
    /// "FILE:12:3", or the source alone.
    std::string place() const;
};

using ConfigFaults = std::vector<ConfigFault>;

/// A value, or all that is wrong.
template <class T>
using Checked = std::expected<T, ConfigFaults>;

}  // namespace boternity::infra
