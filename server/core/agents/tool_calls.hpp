#pragma once

#include "core/agents/run_ports.hpp"
#include "core/agents/run_writer.hpp"
#include "core/runs/live_runs.hpp"
#include "core/runs/run_input.hpp"
#include "core/runtime/either_stop.hpp"
#include "core/runtime/task_scope.hpp"

#include <chrono>
#include <cstddef>
#include <expected>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace boternity::core {

/// Calls the tools of a run's open steps and writes what each came to as soon as it did.
///
/// Tools of the outside are called side by side, those of the runtime one after the other in their order. A
/// call that was under way when the server ended, and that is not idempotent, waits for a person to decide.
///
/// Lifetime  of the run's execution. On its strand only.
class ToolCalls {
public:
    struct Options {
        RunPorts ports;
        TaskScope* scope;
        std::shared_ptr<LiveRun> live;
        RunInput* input;  ///< its steps are kept as they are written
        RunWriter* writer;
        std::stop_token stop;
        RunLimits limits;
    };

    explicit ToolCalls(Options options) : options_(std::move(options)), done_(options_.live->strand()) {}

    /// Settles the steps at these places of the list. Answers why the run has to end, if it has to; only when
    /// no call of it is under way any more.
    Task<std::optional<Error>> settle(std::vector<std::size_t> places, Deadline deadline);

    /// How long the run has waited for people so far.
    std::chrono::steady_clock::duration waited() const noexcept { return waited_; }

private:
    /// The outcome of a call, as it becomes its step's.
    using Outcome = std::expected<RuntimeAnswer, ToolError>;
    enum class Verdict { Call, Leave, Stop };
    /// Which decisions about a step count: any, or only one made since its call began last.
    enum class Counts { Always, ForThisCall };

    Task<Status> settle_outside(std::size_t place, Deadline deadline);
    Task<Status> settle_runtime(std::vector<std::size_t> places, Deadline deadline);
    Task<void> settle_one(std::size_t place, Deadline deadline);
    Task<Outcome> call(std::size_t place, Deadline deadline);
    Task<Outcome> call_entry(const ToolEntry* entry, std::size_t place, Deadline deadline);
    Task<Outcome> ask_person(ToolInvocation invocation, std::size_t place);
    Task<std::expected<Verdict, Error>> make_sure(std::size_t place);
    Task<Status> write_done(std::size_t place, RuntimeAnswer answer);
    Task<void> write_failed(std::size_t place, Error error);

    /// The answer of a person to the question about a step: asks it if it has not been asked, waits for it.
    /// Empty when nobody answered in time.
    Task<Result<std::string>> decided(DecisionInput question, Counts counts);
    std::optional<std::size_t> place_of_decision(const DecisionInput& question, Counts counts) const;
    Task<Result<std::string>> await_decision(std::size_t place);

    /// What the run is while some of its calls wait for people.
    RunState state() const noexcept { return waiting_ > 0 ? RunState::Waiting : RunState::Running; }
    void stands_still() noexcept;
    void fault(Error error);

    Options options_;
    Signal done_;
    int under_way_ = 0;
    int waiting_ = 0;  ///< of those, for a person
    std::optional<Error> fault_;
    // What ends the run ends the other calls of the same answer too.
    std::stop_source faulted_;
    std::optional<EitherStop> stop_;
    std::chrono::steady_clock::duration waited_{};
};

}  // namespace boternity::core
