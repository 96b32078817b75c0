#pragma once

#include "types/id.hpp"
#include "types/time.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace boternity::core {

enum class WorkspaceChange {
    Write,  ///< the text takes the place of what was there
    Append  ///< the text comes behind it
};

/// One entry of a workspace: the files that the runs of one tree share. Nothing in it is ever changed or
/// removed: what a file holds now is its newest entry of kind Write with all that was appended since.
struct WorkspaceEntry {
    RunId root{};  ///< whose tree it belongs to
    std::string path{};
    int version = 0;  ///< of the path: 1, 2, 3 and so on; given by the store
    WorkspaceChange change = WorkspaceChange::Write;
    /// Of Write: the version it was made from, 0 for a new path. When it is not the newest, nothing is
    /// written.
    int base = 0;
    RunId author{};
    std::string text{};
    Timestamp written_at{};
    bool operator==(const WorkspaceEntry&) const = default;
};

/// A file of a workspace as it is at one version.
struct WorkspaceFile {
    std::string path{};
    int version = 0;
    std::string text{};
    RunId author{};  ///< of that version
    bool operator==(const WorkspaceFile&) const = default;
};

/// A line of a workspace's list.
struct WorkspacePath {
    std::string path{};
    int version = 0;
    std::size_t bytes = 0;
    RunId author{};
    Timestamp written_at{};
    bool operator==(const WorkspacePath&) const = default;
};

std::string_view name_of(WorkspaceChange change) noexcept;
std::optional<WorkspaceChange> workspace_change_from(std::string_view name) noexcept;

}  // namespace boternity::core
