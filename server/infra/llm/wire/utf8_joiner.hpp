#pragma once

#include <string>
#include <string_view>

namespace boternity::infra {

/// Makes whole UTF-8 characters (RFC 3629) of text that arrives cut anywhere, even inside a character.
///
/// Bytes that belong to no character become U+FFFD. A surrogate that came alone as the three bytes it would
/// have (some servers cut text between the halves of a UTF-16 pair) is joined with its other half.
class Utf8Joiner {
public:
    /// The whole characters there are now; at most seven bytes stay held back.
    std::string push(std::string_view bytes);

    /// What is held back when nothing more comes: U+FFFD or empty.
    std::string finish();

private:
    std::string held_;
};

/// The text with U+FFFD for every byte that belongs to no character.
std::string whole_characters(std::string_view text);

/// The longest beginning of valid UTF-8 that has at most `max_bytes` bytes and ends between two characters.
std::string_view utf8_prefix(std::string_view text, std::size_t max_bytes) noexcept;

}  // namespace boternity::infra
