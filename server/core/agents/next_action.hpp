#pragma once

#include "core/agents/run_ports.hpp"
#include "core/runs/run_input.hpp"
#include "core/runs/step.hpp"

#include <optional>
#include <span>
#include <variant>
#include <vector>

namespace boternity::core {

/// Ask the model; the step is to stand at `position`.
struct AskModel {
    int position = 1;
};

/// The model has called tools that no step stands for yet.
struct IntendCalls {
    std::vector<ToolCall> calls{};
    int position = 1;  ///< of the first of them
};

/// These steps are intended and not done: places in the list of steps.
struct SettleCalls {
    std::vector<std::size_t> places{};
};

/// The model has said all, but agents of the run are still at work or have not been heard.
struct AwaitAgents {
    int position = 1;
};

/// The model has said all: this step tells it to whoever asked.
struct Conclude {
    int position = 1;
};

/// The run cannot go on.
struct GiveUp {
    RunError error{};
};

using NextAction = std::variant<AskModel, IntendCalls, SettleCalls, AwaitAgents, Conclude, GiveUp>;

/// What a run does next: a pure function of its journal, by which it runs, resumes and is replayed. A step
/// that failed in an earlier attempt is done again.
NextAction next_action(const Run& run, const std::vector<Step>& steps, const RunLimits& limits);

/// What a run may use: what its settings say, else the usual.
RunLimits limits_of(const Run& run, RunLimits usual);

/// Whether a step sent what an earlier attempt came to, or the run that this one was forked from: it was sent
/// of a failure, and the run goes on behind it.
bool sent_before(const Run& run, const Step& step) noexcept;

/// Agents that the run has spawned and whose last message it has not taken.
std::vector<RunId> unheard_agents(const std::vector<Step>& steps);

/// Whether enough has come for a run that waits for these agents: somebody said something on the way, or all
/// of them have come to their end.
bool all_heard(const std::vector<AgentMessage>& inbox, std::vector<RunId> awaited);

/// All that the run's own model calls have used: those of copied steps were the original's.
Usage usage_of(const Run& run, const std::vector<Step>& steps);

/// How often a tool has been called with these arguments and has given this result, this time included,
/// without another call or result in between.
int times_in_a_row(std::span<const Step> before, const ToolInput& input, const ToolOutput& output);

/// So often the same call with the same result is told to the model; so often it ends the run.
inline constexpr int kTellRepeats = 3;
inline constexpr int kMostRepeats = 5;

}  // namespace boternity::core
