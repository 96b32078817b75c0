#pragma once

#include <string_view>

namespace boternity::api {

/// What a connection's first bytes say of its protocol.
enum class Protocol {
    Http1,      ///< or something that HTTP/1.1 refuses in words: TLS, a PROXY line, garbage
    Http2,      ///< the whole preface of RFC 9113 section 3.4
    Undecided,  ///< nothing yet, or a beginning of the preface
};

inline constexpr std::string_view kHttp2Preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// Pure.
constexpr Protocol protocol_of(std::string_view first_bytes) noexcept {
    const auto looked_at = first_bytes.substr(0, kHttp2Preface.size());
    if (!kHttp2Preface.starts_with(looked_at)) return Protocol::Http1;
    return looked_at.size() == kHttp2Preface.size() ? Protocol::Http2 : Protocol::Undecided;
}

}  // namespace boternity::api
