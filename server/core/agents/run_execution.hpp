#pragma once

#include "core/agents/run_ports.hpp"
#include "core/runs/live_runs.hpp"
#include "core/runs/run_input.hpp"
#include "core/runtime/task.hpp"
#include "core/runtime/task_scope.hpp"

#include <memory>
#include <optional>
#include <stop_token>

namespace boternity::core {

/// What a run's execution asks of those who execute runs. Threads: any; none waits.
class RunHost {
public:
    virtual ~RunHost() = default;

    /// Executes an agent that has been journaled.
    virtual void begin(Run agent) = 0;
    /// Somebody wrote to the run.
    virtual void attend(RunId run) = 0;
    /// Ends a run and all below it; it writes its end by itself.
    virtual void stop(RunId run) = 0;
    /// Ends all below a run that has ended.
    virtual void stop_below(const Run& run) = 0;
};

/// Executes one journaled run to its end: what next_action says, step by step, each committed before anybody
/// is told of it.
///
/// `input` is what its prompts are made of, when that has been read already; else it is read first.
///
/// Runs on the strand of `live`; tools run in `scope`. Cancelled by `live`: what was said is kept and the run
/// ends as cancelled. Stopped by `shutdown`: nothing is written, the run stays unfinished and is taken up at
/// the next start. When the end cannot be committed the readers are told why, and the run stays unfinished
/// likewise.
Task<Status> execute_run(RunPorts ports, RunHost* host, TaskScope* scope, std::shared_ptr<LiveRun> live,
                         std::optional<RunInput> input, std::stop_token shutdown);

}  // namespace boternity::core
