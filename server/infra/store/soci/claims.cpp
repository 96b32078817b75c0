#include "infra/store/soci/claims.hpp"

#include "infra/store/soci/events.hpp"
#include "infra/store/soci/runs.hpp"

#include <chrono>

namespace boternity::infra::store {
namespace {

// How long a claim holds without being renewed. One server alone never waits for it to pass.
constexpr std::chrono::microseconds kLease = std::chrono::seconds(60);

/// Whether the end of the process that held it counts against the run.
bool crashed(const core::Run& run, bool held) {
    if (!held || run.state == core::RunState::Waiting) return false;
    return run.crashes < core::RunClaims::kSuspect || run.state == core::RunState::Running;
}

std::vector<core::Run> claim(Change change, const std::string& owner, Timestamp now) {
    std::vector<core::Run> runs = load_unfinished_runs(change);
    const Timestamp until{now.micros + kLease.count()};
    for (core::Run& run : runs) {
        const auto hold = load_hold(change, run.id);
        if (crashed(run, hold && hold->held)) ++run.crashes;
        ++run.attempt;
        if (run.state == core::RunState::Running) run.state = core::RunState::Queued;
        lease_run(change, run, owner, until);
    }
    return runs;
}

Result<core::Run> open_again(Change change, RunId id, const std::string& owner, Timestamp now,
                             const core::Events& events) {
    auto run = load_run(change, id);
    if (!run) return fail(not_found("There is no such run; list the runs to see them."));
    if (run->state != core::RunState::Failed) {
        return fail(ErrorCode::WrongState, "Only a run that has failed can be resumed.");
    }
    run->state = core::RunState::Queued;
    run->error.reset();
    run->stop_reason.reset();
    run->ended_at.reset();
    run->crashes = 0;
    run->moved_at = now;
    ++run->attempt;
    reopen_run(change, *run, owner, Timestamp{now.micros + kLease.count()});
    announce(change, events);
    return *std::move(run);
}

}  // namespace

core::Task<Result<std::vector<core::Run>>> SociRunClaims::claim_unfinished(std::string owner, Timestamp now) {
    owner_.become(owner);
    return transactions_.write<std::vector<core::Run>>(
        WriteName::ClaimRuns,
        [=](Change change) -> Result<std::vector<core::Run>> { return claim(change, owner, now); });
}

core::Task<Result<core::Run>> SociRunClaims::reopen(RunId run, Timestamp now, core::Events events) {
    return transactions_.write<core::Run>(WriteName::ReopenRun, [=, owner = owner_.name()](Change change) {
        return open_again(change, run, owner, now, events);
    });
}

core::Task<Status> SociRunClaims::release(std::string owner) {
    return transactions_.write<void>(WriteName::ReleaseRuns, [=](Change change) -> Status {
        release_runs(change, owner);
        return {};
    });
}

}  // namespace boternity::infra::store
