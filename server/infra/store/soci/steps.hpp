#pragma once

#include "core/runs/run.hpp"
#include "infra/store/soci/transactions.hpp"

#include <string>
#include <vector>

namespace boternity::infra::store {

/// The output of a model call as JSON; the same output gives the same bytes.
std::string output_to_json(const core::ModelOutput& output);
/// Internal when it is not what `output_to_json` writes.
Result<core::ModelOutput> output_from_json(std::string_view json);

/// Writes a step, also over the one at its position.
void put_step(Change change, const core::Step& step);

/// In order of position.
Result<std::vector<core::Step>> load_steps(Change change, RunId run);

}  // namespace boternity::infra::store
