#pragma once

#include "core/runtime/task.hpp"
#include "core/travel/bot_copy.hpp"
#include "types/result.hpp"

#include <string>
#include <variant>
#include <vector>

namespace boternity::core {

/// A file of an archive; nothing of it is on a disk.
struct NamedFile {
    std::string path{};  ///< relative, with slashes, no "." and ".." in it
    std::string bytes{};
    bool operator==(const NamedFile&) const = default;
};

/// What an archive of ours holds. Ids are the archive's; lengths and texts are not checked yet, references
/// between runs and messages are.
struct PackedBot {
    BotCopy copy{};
    std::vector<std::string> unknown_parts{};  ///< files that this version has no use for
};

/// A folder of files that another platform keeps a bot in.
struct Workspace {
    std::vector<NamedFile> files{};
};

using Unpacked = std::variant<PackedBot, Workspace>;

/// Bots as one archive each.
///
/// Threads  any strand; resumes on the caller's. Bound  few at a time, then Unavailable.
/// Errors   InvalidArgument (field "archive") for an archive that is wrong in any way, TooLarge for one over
///          a limit. Nothing is ever written to a disk.
class BotArchives {
public:
    virtual ~BotArchives() = default;

    /// The same bytes for the same copy. TooLarge for a bot that `unpack` would refuse.
    virtual Task<Result<std::string>> pack(BotCopy copy) = 0;

    virtual Task<Result<Unpacked>> unpack(std::string bytes) = 0;
};

}  // namespace boternity::core
