#pragma once

#include "core/runs/run.hpp"
#include "core/runs/step.hpp"

#include <optional>
#include <string>
#include <vector>

namespace boternity::core {

/// What two runs have at one position of their journals, side by side.
struct StepDiff {
    int position = 0;
    std::optional<Step> a{};  ///< nothing when that run has no such step
    std::optional<Step> b{};
    /// In what they differ: of kind, state, given (what the step was given) and result. Empty: in nothing
    /// that matters; times, usage and attempts do not.
    std::vector<std::string> differs_in{};
    std::string text_diff{};  ///< of what they came to, as `diff -u` writes it; empty when that is the same
    bool operator==(const StepDiff&) const = default;
};

struct RunDiff {
    Run a{};
    Run b{};
    /// Of model, soul_version, settings, state and steps.
    std::vector<std::string> differs_in{};
    std::vector<StepDiff> steps{};  ///< by position
    bool operator==(const RunDiff&) const = default;
};

/// Pure.
RunDiff diff_runs(Run a, const std::vector<Step>& steps_a, Run b, const std::vector<Step>& steps_b);

}  // namespace boternity::core
