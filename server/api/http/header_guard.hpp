#pragma once

#include "types/result.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace boternity::api {

/// How large a header block may be.
struct HeaderLimits {
    std::size_t bytes = 16 * 1024;
    std::size_t fields = 100;
    std::size_t target = 8 * 1024;
};

/// Why a header block is refused: the status to answer with and one sentence. The connection ends with it.
struct HeaderFault {
    int status = 400;
    std::string_view why;
};

/// Looks at a raw request header block, from the start line to the blank line, before any parser does, and
/// refuses all that two readers could take for two different requests (RFC 9112 sections 2.2, 3, 5, 6, 11.2):
///
/// bare CR or LF, NUL and other controls, obs-fold, space around a field name or none before a colon, a
/// Content-Length that is not plain digits or stands twice, Transfer-Encoding that is not exactly `chunked`
/// or stands beside a Content-Length or in HTTP/1.0, a Host that is missing, twice, or differs from an
/// absolute target, an upgrade to h2c, a malformed method, target or version.
///
/// `block` ends with its blank line. Pure.
std::expected<void, HeaderFault> check_header(std::string_view block, const HeaderLimits& limits);

/// The same for what has come so far of a block without its end, as far as that can be said: what is no
/// HTTP/1.1 is refused at its first bytes instead of at a time limit.
std::expected<void, HeaderFault> check_header_start(std::string_view received, const HeaderLimits& limits);

}  // namespace boternity::api
