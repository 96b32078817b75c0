#pragma once

#include "core/llm/model.hpp"

namespace boternity::infra {

/// How many tokens a request has at most, more or less, for models whose tokenizer we do not have: a token
/// for every 3.5 bytes of ASCII and every 2 bytes of other scripts, and a few for what surrounds each
/// message, call and tool. Grows with every text that is added.
int estimate_tokens(const core::ModelRequest& request) noexcept;

}  // namespace boternity::infra
