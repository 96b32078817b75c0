#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace boternity::cli {

/// Text from users and models, made harmless for a terminal and for line-oriented programs: nothing in it can
/// move the cursor, change colours, set a title, or pretend to be another line.

/// One line: a name, a title, a table cell. Every control character (C0, DEL, C1, line breaks and tabs too)
/// and every invisible or direction-changing code point becomes a visible escape such as \x1b or \u{202e}. A
/// zero-width joiner between two other characters of a script or an emoji stays. Bytes that are not UTF-8
/// become U+FFFD.
std::string safe_line(std::string_view text);

/// Text of many lines: as above, but newlines, tabs and invisible code points stay, and CR LF becomes LF.
std::string safe_text(std::string_view text);

/// The columns that text takes on a terminal; wide characters take two, combining ones none.
int display_width(std::string_view text);

/// The longest beginning that fits into `width` columns, with an ellipsis when something was left out. Never
/// cuts a character, nor parts it from its combining marks.
std::string cut_to_width(std::string_view text, int width);

}  // namespace boternity::cli
