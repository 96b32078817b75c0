#pragma once

#include "core/runs/step.hpp"
#include "types/result.hpp"

#include <string>
#include <string_view>

namespace boternity::infra::store {

/// What a step was given and what it came to, as JSON; the same gives the same bytes. Empty for what says
/// nothing.
std::string input_to_json(const core::StepInput& input);
std::string output_to_json(const core::StepOutput& output);

/// Back again; an empty text is the kind's input that says nothing, and no output. Internal when it is not
/// what was written.
Result<core::StepInput> input_from_json(core::StepKind kind, std::string_view json);
Result<core::StepOutput> output_from_json(core::StepKind kind, std::string_view json);

}  // namespace boternity::infra::store
