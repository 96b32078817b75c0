#include "core/runs/workspace.hpp"

#include "core/runtime/names.hpp"

namespace boternity::core {
namespace {

constexpr Names<WorkspaceChange, 2> kWorkspaceChanges{
    {{WorkspaceChange::Write, "write"}, {WorkspaceChange::Append, "append"}}};

}  // namespace

std::string_view name_of(WorkspaceChange change) noexcept {
    return kWorkspaceChanges.of(change);
}
std::optional<WorkspaceChange> workspace_change_from(std::string_view name) noexcept {
    return kWorkspaceChanges.from(name);
}

}  // namespace boternity::core
