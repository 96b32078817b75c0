#pragma once

#include "core/ports/tool.hpp"

#include <string>

namespace boternity::infra {

/// The value of the expression as text, or what is wrong with it, for the model. Pure; safe on any text.
core::ToolAnswer calculate(const std::string& expression);

}  // namespace boternity::infra
