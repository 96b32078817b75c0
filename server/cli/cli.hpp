#pragma once

#include "core/ports/backups.hpp"
#include "core/ports/check.hpp"
#include "infra/config/config.hpp"
#include "types/result.hpp"

#include <filesystem>
#include <functional>
#include <string_view>
#include <vector>

namespace boternity::cli {

/// What `boternity serve` was told.
struct ServeOptions {
    std::filesystem::path data_folder{};  ///< never empty
    /// Where its settings come from: the options that were given, the environment, the file.
    infra::ConfigSources configuration{};
};

/// What the program does with a data folder itself, while no server runs. From main(), so that the CLI knows
/// nothing of how data is kept. All of it blocks.
struct LocalWork {
    std::function<Result<core::BackupCheck>(std::filesystem::path file)> verify_backup{};
    std::function<std::vector<core::Backup>(std::filesystem::path data)> list_backups{};
    std::function<Result<core::BackupCheck>(std::filesystem::path data, std::filesystem::path file)>
        restore_backup{};
    /// Looks at this machine and the data folder, and writes nothing.
    std::function<std::vector<core::Finding>(std::filesystem::path data)> look{};
    /// Cures what is safe to cure; what was done, one sentence each.
    std::function<std::vector<std::string>(std::filesystem::path data)> fix{};
};

/// The one command that is not a client. Its options are read here, so that it stands beside the others in
/// `--help`; what it does, and which values it takes, comes from main().
struct ServeCommand {
    /// Serves until the end, or says why it could not start.
    std::function<Status(ServeOptions)> serve;
    infra::ConfigChecks checks{};  ///< what settings may be, beyond their schema
    LocalWork local{};
};

/// The whole command line: reads it, does what it says, and answers the exit code (see exit_code.hpp).
/// Called once, by main(), on the only thread.
int run(int argc, char** argv, ServeCommand serve, std::string_view version);

}  // namespace boternity::cli
