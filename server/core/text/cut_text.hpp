#pragma once

#include <cstddef>
#include <string_view>

namespace boternity::core {

/// The longest beginning of a UTF-8 text that has at most so many bytes and ends between characters.
std::string_view beginning_of(std::string_view text, std::size_t bytes) noexcept;

/// The longest end of it, likewise.
std::string_view ending_of(std::string_view text, std::size_t bytes) noexcept;

}  // namespace boternity::core
