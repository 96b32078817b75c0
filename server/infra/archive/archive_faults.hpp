#pragma once

#include "types/error.hpp"

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <utility>

namespace boternity::infra {

/// Why an archive is refused.
inline Error archive_fault(std::string why) {
    return invalid_argument("Nothing was imported: " + std::move(why), "archive");
}

inline Error archive_too_large(std::string why) {
    return {.code = ErrorCode::TooLarge,
            .message = "Nothing was imported: " + std::move(why),
            .field = "archive"};
}

/// A name of a stranger's archive as it may stand in a sentence: short, and nothing that acts on a terminal.
inline std::string shown_name(std::string_view name) {
    std::string out;
    for (const char c : name.substr(0, 80)) out += c >= 0x20 && c < 0x7f ? c : '?';
    return out + (name.size() > 80 ? "..." : "");
}

}  // namespace boternity::infra
