#pragma once

#include "core/ports/run_records.hpp"
#include "infra/store/soci/transactions.hpp"

#include <optional>
#include <string>
#include <vector>

namespace boternity::infra::store {

/// The table of runs. What each does is its name; all throw what SOCI throws.
std::optional<core::Run> load_run(Change change, RunId id);
void add_run(Change change, const core::Run& run, const std::optional<std::string>& owner = std::nullopt);

/// Writes what a run's end decides, and gives its lease back.
void end_run(Change change, const core::Run& run);

/// Writes state, attempt and crashes, and who holds the run until when.
void lease_run(Change change, const core::Run& run, const std::string& owner, Timestamp until);

/// As lease_run, of a run that had ended: it has no end any more.
void reopen_run(Change change, const core::Run& run, const std::string& owner, Timestamp until);

void release_runs(Change change, const std::string& owner);

/// Who may write to a run.
struct RunHold {
    core::RunState state = core::RunState::Queued;
    int attempt = 1;
    bool held = false;  ///< by a process that did not give it back
};
std::optional<RunHold> load_hold(Change change, RunId id);

/// Writes the state, and whether the run got a step further: then its crashes are forgotten.
void move_run(Change change, RunId id, core::RunState state, bool further);

/// By depth, then by the position of the message they answer, then oldest first.
std::vector<core::Run> load_unfinished_runs(Change change);

/// All runs of a root but itself, by depth, then oldest first.
std::vector<core::Run> load_agents_of(Change change, RunId root);

/// A session's turns that have ended, oldest first.
std::vector<core::Run> load_ended_runs(Change change, SessionId session);

/// Newest first.
Result<Page<core::Run>> list_runs(Change change, const core::RunFilter& filter, const PageRequest& request);

}  // namespace boternity::infra::store
