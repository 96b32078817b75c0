#pragma once

#include "core/ports/run_journal.hpp"
#include "infra/store/soci/transactions.hpp"

#include <optional>
#include <string>
#include <vector>

namespace boternity::infra::store {

/// The table of runs. What each does is its name; all throw what SOCI throws.
std::optional<core::Run> load_run(Change change, RunId id);
void add_run(Change change, const core::Run& run);

/// Writes what a run's end decides, and gives its lease back.
void end_run(Change change, const core::Run& run);

/// Writes state and attempt, and who holds the run until when.
void lease_run(Change change, const core::Run& run, const std::string& owner, Timestamp until);

/// Oldest first.
std::vector<core::Run> load_unfinished_runs(Change change);

/// A session's runs that have ended, oldest first.
std::vector<core::Run> load_ended_runs(Change change, SessionId session);

/// Newest first.
Result<Page<core::Run>> list_runs(Change change, const core::RunFilter& filter, const PageRequest& request);

}  // namespace boternity::infra::store
