#pragma once

#include <string>
#include <string_view>

namespace boternity::core {

/// SHA-256 (FIPS 180-4) of the bytes, as "sha256:" and 64 lower-case hex digits. Names content; not for
/// passwords.
std::string content_hash(std::string_view bytes);

}  // namespace boternity::core
