#include "api/http/header_guard.hpp"

#include "api/http/field_value.hpp"

#include <algorithm>
#include <optional>

namespace boternity::api {
namespace {

using Checked = std::expected<void, HeaderFault>;

constexpr std::string_view kNoProxyProtocol =
    "The PROXY protocol is not spoken here: let the proxy speak HTTP.";

std::unexpected<HeaderFault> refuse(std::string_view why, int status = 400) {
    return std::unexpected(HeaderFault{.status = status, .why = why});
}

/// `tchar` of RFC 9110 section 5.6.2.
bool is_token_char(char c) noexcept {
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')) return true;
    return c != '\0' && std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

bool is_token(std::string_view text) noexcept {
    return !text.empty() && std::ranges::all_of(text, is_token_char);
}

/// What the fields say about how the message is framed and for whom it is.
struct Framing {
    std::optional<std::string_view> host{};
    bool content_length = false;
    bool transfer_encoding = false;
};

struct StartLine {
    std::string_view target;
    bool http_1_0 = false;
    bool options = false;
};

std::expected<StartLine, HeaderFault> check_start_line(std::string_view line, const HeaderLimits& limits) {
    const auto first = line.find(' ');
    const auto last = line.rfind(' ');
    if (first == std::string_view::npos || first == last) {
        return refuse("The first line is not an HTTP/1.1 request line.");
    }
    const auto method = line.substr(0, first);
    const auto target = line.substr(first + 1, last - first - 1);
    const auto version = line.substr(last + 1);
    if (!is_token(method) || method.size() > 32) return refuse("The method is not a valid token.");
    if (method == "PROXY") return refuse(kNoProxyProtocol);
    if (!version.starts_with("HTTP/") || version.size() != 8 || version[6] != '.') {
        return refuse("The first line does not end with an HTTP version.");
    }
    if (version != "HTTP/1.1" && version != "HTTP/1.0") {
        return refuse("Only HTTP/1.0, HTTP/1.1 and gRPC over HTTP/2 are spoken here.", 505);
    }
    if (target.size() > limits.target) return refuse("The request target is too long.", 414);
    if (target.empty() ||
        !std::ranges::all_of(target, [](char c) { return c > 0x20 && c < 0x7f && c != '#'; })) {
        return refuse("The request target holds a character that must be percent-encoded.");
    }
    return StartLine{.target = target, .http_1_0 = version == "HTTP/1.0", .options = method == "OPTIONS"};
}

Checked check_value(std::string_view value) {
    const bool clean = std::ranges::all_of(value, [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return byte == '\t' || (byte >= 0x20 && byte != 0x7f);
    });
    if (!clean) return refuse("A header field holds a control character.");
    return {};
}

Checked note_framing(std::string_view name, std::string_view value, Framing& framing) {
    if (same_word(name, "content-length")) {
        if (framing.content_length) return refuse("Content-Length stands more than once.");
        framing.content_length = true;
        const bool digits = !value.empty() && value.size() <= 18 &&
                            std::ranges::all_of(value, [](char c) { return c >= '0' && c <= '9'; });
        if (!digits) return refuse("Content-Length is not a plain number.");
    } else if (same_word(name, "transfer-encoding")) {
        if (framing.transfer_encoding) return refuse("Transfer-Encoding stands more than once.");
        framing.transfer_encoding = true;
        if (!same_word(value, "chunked")) return refuse("The only Transfer-Encoding taken is `chunked`.");
    } else if (same_word(name, "host")) {
        if (framing.host) return refuse("Host stands more than once.");
        framing.host = value;
    } else if (same_word(name, "http2-settings")) {
        return refuse("Upgrading to HTTP/2 is not offered; gRPC begins with the HTTP/2 preface.");
    } else if (same_word(name, "upgrade")) {
        if (list_has(value, "h2c") || list_has(value, "h2"))
            return refuse("Upgrading to HTTP/2 is not offered; gRPC begins with the HTTP/2 preface.");
    }
    return {};
}

Checked check_field(std::string_view line, Framing& framing) {
    if (line.starts_with(' ') || line.starts_with('\t'))
        return refuse("Header fields over several lines are refused.");
    const auto colon = line.find(':');
    if (colon == std::string_view::npos) return refuse("A header line has no colon.");
    const auto name = line.substr(0, colon);
    if (!is_token(name)) return refuse("A header field's name is not a valid token.");
    const auto value = trimmed(line.substr(colon + 1));
    if (auto checked = check_value(value); !checked) return checked;
    return note_framing(name, value, framing);
}

/// The authority of an absolute target (`http://host/path`); none for the other forms.
Checked check_target(const StartLine& start, const Framing& framing) {
    std::string_view target = start.target;
    if (target.starts_with('/')) return {};
    if (target == "*") {
        if (start.options) return {};
        return refuse("The target `*` belongs to OPTIONS.");
    }
    constexpr std::string_view kScheme = "http://";
    if (target.size() <= kScheme.size() || !same_word(target.substr(0, kScheme.size()), kScheme)) {
        return refuse("The request target must be a path that begins with a slash.");
    }
    target.remove_prefix(kScheme.size());
    const auto authority = target.substr(0, target.find_first_of("/?"));
    if (!framing.host || !same_word(authority, *framing.host)) {
        return refuse("The request target names another host than Host does.");
    }
    return {};
}

Checked check_framing(const StartLine& start, const Framing& framing) {
    if (framing.content_length && framing.transfer_encoding) {
        return refuse("Content-Length and Transfer-Encoding stand together.");
    }
    if (start.http_1_0 && framing.transfer_encoding) return refuse("HTTP/1.0 has no Transfer-Encoding.");
    if (!framing.host) return refuse("Host is missing.");
    if (framing.host->empty()) return refuse("Host is empty.");
    return check_target(start, framing);
}

}  // namespace

Checked check_header(std::string_view block, const HeaderLimits& limits) {
    if (block.size() > limits.bytes) return refuse("The header block is too large.", 431);
    if (!block.ends_with("\r\n\r\n")) return refuse("The header block has no end.");
    block.remove_suffix(2);  // every line keeps its own line end
    std::optional<StartLine> start;
    Framing framing;
    std::size_t fields = 0;
    while (!block.empty()) {
        const auto end = block.find_first_of(std::string_view("\r\n\0", 3));
        if (end == std::string_view::npos || block[end] != '\r' || end + 1 >= block.size() ||
            block[end + 1] != '\n') {
            return refuse("A line does not end with CR LF, or holds a NUL.");
        }
        const auto line = block.substr(0, end);
        block.remove_prefix(end + 2);
        if (!start) {
            auto checked = check_start_line(line, limits);
            if (!checked) return std::unexpected(checked.error());
            start = *checked;
            continue;
        }
        if (++fields > limits.fields) return refuse("The request has too many header fields.", 431);
        if (auto checked = check_field(line, framing); !checked) return checked;
    }
    if (!start) return refuse("The first line is not an HTTP/1.1 request line.");
    return check_framing(*start, framing);
}

Checked check_header_start(std::string_view received, const HeaderLimits& limits) {
    if (received.starts_with("\x16\x03")) {
        return refuse("This port speaks plain HTTP, not TLS: use http:// in the address.");
    }
    if (received.starts_with("PROXY ")) {
        return refuse(kNoProxyProtocol);
    }
    const auto line_end = received.find_first_of("\r\n");
    const auto line = received.substr(0, line_end);
    const auto method = line.substr(0, line.find(' '));
    if (!std::ranges::all_of(method, is_token_char) || method.size() > 32 ||
        (line_end != std::string_view::npos && method.size() == line.size())) {
        return refuse("This is not HTTP.");
    }
    // The start line ends in " HTTP/1.1"; a longer one can only be a target beyond its limit.
    if (line.size() > limits.target + method.size() + 10)
        return refuse("The request target is too long.", 414);
    if (line_end != std::string_view::npos) {
        if (auto start = check_start_line(line, limits); !start) return std::unexpected(start.error());
    }
    // Stepwise input of a bare LF would otherwise wait for a blank line that is already there for lenient
    // readers.
    for (std::size_t at = received.find('\n'); at != std::string_view::npos;
         at = received.find('\n', at + 1)) {
        if (at == 0 || received[at - 1] != '\r')
            return refuse("A line does not end with CR LF, or holds a NUL.");
    }
    if (received.size() >= limits.bytes) return refuse("The header block is too large.", 431);
    return {};
}

}  // namespace boternity::api
