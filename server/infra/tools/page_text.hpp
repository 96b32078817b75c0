#pragma once

#include <cstddef>
#include <string>
#include <string_view>

/// What a fetched page becomes before a model reads it. Pure, blocking (they compute), safe on any bytes.
namespace boternity::infra {

/// "text/html; charset=UTF-8" in lower case and in parts.
struct MediaType {
    std::string type{};     ///< "text/html"; empty when none was told
    std::string charset{};  ///< "utf-8"; empty when none was told

    bool html() const noexcept { return type == "text/html" || type == "application/xhtml+xml"; }
    /// Whether people can read it: text, JSON, XML. What has no type is taken for text.
    bool text() const noexcept;
};

MediaType parse_media_type(std::string_view header);

/// The bytes as UTF-8: from `charset`, or when there is none that is known, UTF-8 if they are, else
/// windows-1252. What cannot be read becomes U+FFFD; a last character that is cut is left out.
std::string to_utf8(std::string bytes, std::string charset);

/// What an HTML page says about its charset in its first 1024 bytes; empty for nothing.
std::string charset_in_html(std::string_view bytes);

/// The text of an HTML page in UTF-8: title, headings as "# ", lists as "- ", links as "text (url)" with
/// whole URLs; without scripts, styles and what is hidden. `url` is the page's own.
std::string html_to_text(const std::string& html, const std::string& url);

/// Where a reference found at `base` leads; empty when it makes no URL.
std::string resolved_url(const std::string& reference, const std::string& base);

/// At most so many bytes of UTF-8, whole characters.
void shorten(std::string& text, std::size_t most);

}  // namespace boternity::infra
