#pragma once

#include "core/agents/runtime_tool.hpp"
#include "core/ports/clock.hpp"
#include "core/ports/workspace_store.hpp"

#include <cstddef>
#include <memory>
#include <vector>

namespace boternity::core {

inline constexpr std::size_t kMaxWorkspacePaths = 500;
inline constexpr std::size_t kMaxWorkspaceFile = 256 * 1024;
inline constexpr std::size_t kMaxWorkspace = 16 * 1024 * 1024;

/// workspace.read, workspace.write, workspace.append and workspace.list: files that the runs of one tree
/// share. Nothing in them is lost: every version stays, and a write that was made from an older version is
/// merged with what others wrote meanwhile (see merge_texts). `store` and `clock` outlive the tools.
std::vector<std::shared_ptr<RuntimeTool>> workspace_tools(WorkspaceStore& store, Clock& clock);

/// Whether a path may name a file of a workspace: 1 to 200 characters of letters, digits, space and ._-/ in
/// parts that are not empty, "." or "..".
bool is_workspace_path(std::string_view path) noexcept;

}  // namespace boternity::core
