#pragma once

#include "core/runs/workspace.hpp"
#include "core/runtime/task.hpp"
#include "types/result.hpp"

#include <string>
#include <vector>

namespace boternity::core {

/// Workspaces as they are read; they are written by RunJournal::append.
///
/// Threads and errors as BotStore.
class WorkspaceStore {
public:
    virtual ~WorkspaceStore() = default;

    /// What a path holds at a version, 0: at its newest. NotFound when there is no such path or version.
    virtual Task<Result<WorkspaceFile>> read(RunId root, std::string path, int version) = 0;

    /// All paths, in their order.
    virtual Task<Result<std::vector<WorkspacePath>>> list(RunId root) = 0;

    /// Every entry of a path, oldest first.
    virtual Task<Result<std::vector<WorkspaceEntry>>> entries(RunId root, std::string path) = 0;
};

}  // namespace boternity::core
