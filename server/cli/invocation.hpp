#pragma once

#include "cli/connection.hpp"
#include "cli/failure.hpp"
#include "cli/output.hpp"
#include "cli/platform.hpp"

#include <CLI/App.hpp>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace boternity::cli {

/// The flags that every command takes.
struct Globals {
    bool json = false;
    bool quiet = false;
    bool no_colour = false;
    ServerHints hints{};
    double timeout_seconds = 30;
    bool data_given = false;  ///< --data was, and is not from the configuration's file
};

/// One call of the program: what was asked, and what commands need to do it. Outlives the command line's
/// parser.
class Invocation {
public:
    Invocation(Platform platform, std::string version_text)
        : version(std::move(version_text)),
          platform_(std::move(platform)),
          out_(platform_.out, platform_.err) {}

    const std::string version;
    Globals globals{};
    /// Set by the command that the command line names.
    std::function<Answer<ExitCode>()> action{};
    /// The words that an option or argument takes, for completion.
    std::map<const CLI::Option*, std::vector<std::string>> choices{};

    const Platform& platform() const noexcept { return platform_; }
    Output& out() noexcept { return out_; }

    /// Made with the first use: commands that need no server look for none.
    Connection& server();

private:
    Platform platform_;
    Output out_;
    std::unique_ptr<Connection> connection_;
};

}  // namespace boternity::cli
