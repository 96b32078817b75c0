#pragma once

#include <string>
#include <string_view>

namespace boternity::core {

/// A text without the lines that look as if a key, a token or a password stands in them.
struct WithoutSecrets {
    std::string text{};
    int lines = 0;  ///< how many were left out
};

/// Rather one line too many than one too few. Pure; linear in the text.
WithoutSecrets without_secrets(std::string_view text);

}  // namespace boternity::core
