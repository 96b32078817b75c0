#pragma once

#include <string>
#include <string_view>

namespace boternity::infra {

/// The text as a part of a path (RFC 3986 section 2.3); slashes stay.
inline std::string percent_encoded(std::string_view text) {
    constexpr std::string_view plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~/";
    constexpr std::string_view hex = "0123456789ABCDEF";
    std::string out;
    for (const char c : text) {
        if (plain.find(c) != std::string_view::npos) {
            out += c;
        } else {
            const auto code = static_cast<unsigned char>(c);
            out += '%';
            out += hex[code >> 4];
            out += hex[code & 15];
        }
    }
    return out;
}

}  // namespace boternity::infra
