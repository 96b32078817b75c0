#pragma once

#include "types/result.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace boternity::core {

/// How many characters (code points) valid UTF-8 holds.
std::size_t character_count(std::string_view utf8) noexcept;

/// Whether the bytes are well-formed UTF-8 (RFC 3629): no overlong form, no surrogate, nothing above
/// U+10FFFF.
bool is_valid_utf8(std::string_view bytes) noexcept;

/// One line of text that a person gives: at least `min` and at most `max` characters, no control characters
/// (they would forge log lines, headers and terminals). InvalidArgument naming `field`.
Status check_line(std::string_view text, std::string_view field, std::size_t min, std::size_t max);

/// Text of many lines: control characters other than newline and tab are refused, and more than `max_bytes`.
Status check_text(std::string_view text, std::string_view field, std::size_t max_bytes);

/// The line with each control character, and each pair of bytes that is a C1 control, made a space.
std::string clean_line(std::string_view text);

/// A slug: 1 to 63 lower-case letters, digits and hyphens, no hyphen at either end.
bool is_slug(std::string_view text) noexcept;

/// The slug of a name: letters and digits lower-cased, everything else a hyphen, none doubled or at an end.
/// Empty when nothing is left, e.g. for a name in another script.
std::string slug_from(std::string_view name);

}  // namespace boternity::core
