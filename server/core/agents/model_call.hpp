#pragma once

#include "core/agents/run_ports.hpp"
#include "core/runs/live_runs.hpp"
#include "core/runs/run_input.hpp"
#include "core/runtime/task.hpp"

#include <memory>
#include <optional>
#include <stop_token>

namespace boternity::core {

/// What a call of the model came to: what it was asked, what it said, and why it did not come to its end.
struct ModelReply {
    ModelInput input{};
    ModelOutput output{};
    Usage usage{};
    std::optional<Error> error{};
};

/// Composes the prompt, asks the model of `input->run`, and tells the run's readers every word at once. A
/// provider that fails before it said a word is asked again, as the policy for retries says.
///
/// `input` outlives the call. On the strand of `live`. Cancelled by `stop`, what was said is kept.
Task<ModelReply> call_model(RunPorts ports, std::shared_ptr<LiveRun> live, RunInput* input, Deadline deadline,
                            std::stop_token stop);

}  // namespace boternity::core
