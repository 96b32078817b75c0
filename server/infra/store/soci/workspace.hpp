#pragma once

#include "core/ports/workspace_store.hpp"
#include "infra/store/soci/transactions.hpp"

namespace boternity::infra::store {

/// Adds an entry as the path's next version. StaleEtag when one of kind Write was made from another version
/// than the newest.
Status add_workspace_entry(Change change, const core::WorkspaceEntry& entry);

/// Gives the workspace of one root what was written to that of another until then.
void copy_workspace(Change change, RunId from, RunId to, Timestamp until);

class SociWorkspaceStore final : public core::WorkspaceStore {
public:
    explicit SociWorkspaceStore(Transactions& transactions) : transactions_(transactions) {}

    core::Task<Result<core::WorkspaceFile>> read(RunId root, std::string path, int version) override;
    core::Task<Result<std::vector<core::WorkspacePath>>> list(RunId root) override;
    core::Task<Result<std::vector<core::WorkspaceEntry>>> entries(RunId root, std::string path) override;

private:
    Transactions& transactions_;
};

}  // namespace boternity::infra::store
