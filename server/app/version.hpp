#pragma once

#include <string_view>

namespace boternity::app {

/// Of this build; the one place is project() in the top CMakeLists.txt.
inline constexpr std::string_view kVersion = BOTERNITY_VERSION;

}  // namespace boternity::app
