#pragma once

#include "core/ports/schemas.hpp"

#include <memory>

namespace boternity::infra {

/// Schemas by valijson (draft 7), safe on any text: a schema may come from a stranger, and so may what it
/// judges.
///
/// Not judged: `format`, and `patternProperties` with the `additionalProperties` beside it. `pattern` is
/// RE2's, which is linear in the text: a schema whose pattern looks ahead or back is none. References lead to
/// places of the same schema, and never from a value to the same value again. Bounds  a schema of 256 KiB; a
/// text of 1 MiB; both 64 levels deep; entries of a list that must differ:
///         1,000; work: about a second.
std::unique_ptr<core::Schemas> make_schemas();

}  // namespace boternity::infra
