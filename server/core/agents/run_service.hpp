#pragma once

#include "core/agents/replay.hpp"
#include "core/agents/run_ports.hpp"
#include "core/agents/run_scheduler.hpp"
#include "core/runs/live_runs.hpp"
#include "core/runs/run_diff.hpp"
#include "core/runtime/context.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace boternity::core {

/// Which runs are wanted, as people and programs write it; what is empty is not looked at.
struct RunQuery {
    std::string bot{};  ///< id or slug
    std::string session{};
    std::optional<RunState> state{};
    std::optional<RunKind> kind{};
};

/// Runs as they are looked at and steered from outside.
///
/// Threads  any strand. Errors  NotFound, InvalidArgument, WrongState (already ended, already decided).
class RunService {
public:
    RunService(RunPorts ports, RunScheduler& scheduler) : ports_(ports), scheduler_(scheduler) {}

    Task<Result<Run>> get(std::string run);
    Task<Result<Page<Run>>> list(RunQuery query, PageRequest page);

    /// The run and all below it, parents before their agents.
    Task<Result<std::vector<Run>>> tree(std::string run);
    Task<Result<std::vector<Step>>> steps(std::string run);

    /// The run's events above `after`, live or from the journal.
    Task<Result<RunEventReader>> events(std::string run, std::uint32_t after);

    /// Ends a run that has not ended, with all below it, and answers it in its final state.
    Task<Result<Run>> cancel(std::string run, CallContext context);

    /// Answers what the run asked a person at this step; 0: what it waits for now. Answers the step.
    /// WrongState when it has been answered, InvalidArgument for an answer that is not among the options.
    Task<Result<Step>> decide(std::string run, int step, std::string answer, CallContext context);

    /// Does a run that has ended again from its journal, calling nobody. WrongState while it has not ended.
    Task<Result<ReplayReport>> replay(std::string run, CallContext context);

    /// Two runs side by side, step by step.
    Task<Result<RunDiff>> diff(std::string a, std::string b);

    /// Goes on with a turn or a fork that has failed, behind its last done step. Answers it as it is then.
    Task<Result<Run>> resume(std::string run, CallContext context);

private:
    Task<Result<Page<Run>>> list_under_way(RunFilter filter, RunState wanted, PageRequest page);
    Task<Result<Run>> final_state(RunId run, std::shared_ptr<LiveRun> live, CallContext context);
    Task<Result<Step>> open_decision(RunId run, int step);
    Run as_it_stands(Run run) const;

    RunPorts ports_;
    RunScheduler& scheduler_;
};

}  // namespace boternity::core
