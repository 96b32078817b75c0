#pragma once

#include "types/result.hpp"

#include <string>
#include <string_view>

namespace boternity::infra {

/// The parts of an absolute http or https address that somebody has to decide about.
struct HttpUrl {
    std::string scheme{};  ///< "http" or "https"
    std::string host{};    ///< a name or an address, in lower case; IPv6 in brackets
    std::string port{};    ///< always set
    std::string path{};    ///< begins with a slash
    bool has_credentials = false;
    bool has_query = false;
    bool has_fragment = false;

    /// True when the host is this machine by its spelling alone: localhost, 127.0.0.0/8 or ::1.
    bool loopback() const noexcept;

    /// "host:port", for messages.
    std::string authority() const { return host + ":" + port; }
};

/// InvalidArgument, with a sentence that does not repeat the text (it may hold a password), when it is no
/// such address. Parsed by the library that will connect, so that what is checked is what is used.
Result<HttpUrl> parse_http_url(const std::string& text);

}  // namespace boternity::infra
