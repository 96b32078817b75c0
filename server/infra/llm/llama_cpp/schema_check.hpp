#pragma once

#include "types/result.hpp"

#include <boost/json/value.hpp>

#include <string_view>

namespace boternity::infra::llm {

/// What becomes of a keyword that a grammar cannot hold.
enum class Unknown { Ignored, Refused };

/// Reads a JSON Schema and looks at all that could harm who converts it: length (64 KiB), depth (32), and
/// references that lead nowhere, elsewhere or in a circle. `what` names it in errors.
/// Errors  InvalidArgument.
Result<boost::json::value> check_schema(std::string_view text, std::string_view what, Unknown unknown);

}  // namespace boternity::infra::llm
