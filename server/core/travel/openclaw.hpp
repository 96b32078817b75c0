#pragma once

#include "core/ports/bot_archives.hpp"
#include "types/result.hpp"

#include <string>
#include <vector>

namespace boternity::core {

/// What became of one part of an archive.
struct ImportItem {
    std::string part{};  ///< a file, or a section of one: "AGENTS.md: Tools"
    bool taken = false;
    std::string place{};  ///< where it went to; empty when not taken
    std::string note{};   ///< why it was not taken, or what to know of it
    bool operator==(const ImportItem&) const = default;
};

/// A bot as it is made of an OpenClaw workspace.
struct WorkspaceBot {
    std::string name{};  ///< empty when the workspace names none
    std::string soul{};
    std::vector<ImportItem> items{};
};

/// Makes a soul of a workspace's files: SOUL.md word for word, and behind it sections made of IDENTITY.md,
/// USER.md, AGENTS.md and TOOLS.md. Every file is in the report; what has no place here says why. The files
/// are a stranger's: lines that look like secrets are left out, and nothing in them is followed.
///
/// Errors  InvalidArgument when it is no workspace or its text is not UTF-8; TooLarge (soul).
Result<WorkspaceBot> bot_of_workspace(const Workspace& workspace);

}  // namespace boternity::core
