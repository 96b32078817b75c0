#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace boternity::api {

/// The bytes as one gzip member (RFC 1952); empty when zlib refuses, which it does only without memory.
std::string gzip(std::string_view bytes);

/// What such a member holds, at most `most` bytes; empty when it is none or holds more.
std::string gunzip(std::string_view packed, std::size_t most);

/// Whether an Accept-Encoding value allows gzip (RFC 9110 section 12.5.3), by name or by `*`, with a weight
/// above 0.
bool accepts_gzip(std::string_view accept_encoding) noexcept;

}  // namespace boternity::api
