#pragma once

#include "core/runtime/task.hpp"
#include "types/result.hpp"

#include <string>
#include <vector>

namespace boternity::core {

/// A setting as the server uses it. Values are written as people write them: a list is joined by commas.
struct Setting {
    std::string key{};  ///< "server.listen"
    std::string value{};
    std::string fallback{};  ///< the default
    std::string origin{};    ///< "default", "file boternity.toml:12", "environment NAME", "command line --x"
    std::string description{};
    bool reloads = false;         ///< a change takes effect without a restart
    bool restart_needed = false;  ///< another value was read, and waits for the next start
};

/// The server's configuration, as it is used.
///
/// Threads  any strand.
class Configuration {
public:
    virtual ~Configuration() = default;

    /// The file's path; empty without one.
    virtual std::string file() const = 0;
    virtual std::vector<Setting> settings() const = 0;

    /// Reads file and environment again and takes what can be taken without a restart. WrongState, with all
    /// that is wrong, when something is; then nothing has changed. Runs to its end once it has begun.
    virtual Task<Status> reload() = 0;
};

}  // namespace boternity::core
