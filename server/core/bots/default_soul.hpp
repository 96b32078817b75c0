#pragma once

#include <string>
#include <string_view>

namespace boternity::core {

/// The SOUL.md of a bot that was made without one.
std::string default_soul(std::string_view name);

}  // namespace boternity::core
