#pragma once

#include "core/runs/step.hpp"
#include "infra/store/soci/transactions.hpp"

#include <optional>
#include <vector>

namespace boternity::infra::store {

/// Writes a step, also over the one at its position.
void put_step(Change change, const core::Step& step);

/// In order of position.
Result<std::vector<core::Step>> load_steps(Change change, RunId run);

/// Nothing when there is no such step.
std::optional<core::StepState> state_of_step(Change change, RunId run, int position);

}  // namespace boternity::infra::store
