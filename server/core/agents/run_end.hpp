#pragma once

#include "core/agents/run_ports.hpp"
#include "core/runs/run_input.hpp"

#include <optional>
#include <vector>

namespace boternity::core {

/// A run as it ends: completed without a fault, cancelled or failed with one. What was said becomes the
/// message of a turn, what an agent's parent is told, or what a fork's last step keeps. `unwritten` are steps
/// that have ended and were not written yet; those that are still open end with the run.
RunEnd end_of(const RunPorts& ports, const RunInput& input, std::vector<Step> unwritten,
              const std::optional<Error>& fault, Timestamp began);

void log_end(const RunPorts& ports, const Run& run, const std::optional<Error>& fault);

}  // namespace boternity::core
