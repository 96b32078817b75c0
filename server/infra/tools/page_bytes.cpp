#include "infra/tools/page_text.hpp"

#include <iconv.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <utility>

namespace boternity::infra {
namespace {

constexpr std::string_view kUnreadable = "\xef\xbf\xbd";  // U+FFFD
constexpr std::size_t kMostName = 40;

std::string lower(std::string_view text) {
    std::string out(text);
    for (char& c : out)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return out;
}

std::string_view trimmed(std::string_view text) {
    const auto begin = text.find_first_not_of(" \t\r\n\"'");
    if (begin == std::string_view::npos) return {};
    return text.substr(begin, text.find_last_not_of(" \t\r\n\"'") - begin + 1);
}

/// A name that iconv may be asked for: nothing that means something to it besides a charset.
bool is_charset(std::string_view name) {
    return !name.empty() && name.size() <= kMostName && std::ranges::all_of(name, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == ':' ||
               c == '.';
    });
}

class Conversion {
public:
    explicit Conversion(const std::string& charset) : handle_(iconv_open("UTF-8", charset.c_str())) {}
    ~Conversion() {
        if (known()) iconv_close(handle_);
    }
    Conversion(const Conversion&) = delete;
    Conversion& operator=(const Conversion&) = delete;

    bool known() const noexcept { return reinterpret_cast<std::intptr_t>(handle_) != -1; }

    /// `whole` is set to whether nothing of it was unreadable.
    std::string run(std::string& bytes, bool& whole) {
        std::string out;
        std::array<char, 8192> piece{};
        char* from = bytes.data();
        std::size_t left = bytes.size();
        whole = true;
        while (left > 0) {
            char* to = piece.data();
            std::size_t room = piece.size();
            const bool ok = iconv(handle_, &from, &left, &to, &room) != static_cast<std::size_t>(-1);
            const int error = errno;
            out.append(piece.data(), piece.size() - room);
            if (ok) break;
            if (error == EINVAL) break;  // cut in the last character
            if (error == E2BIG) continue;
            whole = false;
            out += kUnreadable;
            ++from;
            --left;
        }
        return out;
    }

private:
    iconv_t handle_;
};

}  // namespace

bool MediaType::text() const noexcept {
    return type.empty() || type.starts_with("text/") || html() || type == "application/json" ||
           type == "application/xml" || type.ends_with("+json") || type.ends_with("+xml") ||
           type == "application/x-ndjson" || type == "application/ndjson";
}

MediaType parse_media_type(std::string_view header) {
    MediaType out{.type = lower(trimmed(header.substr(0, header.find(';'))))};
    const std::string all = lower(header);
    if (const auto at = all.find("charset="); at != std::string::npos) {
        const std::string_view rest = std::string_view(all).substr(at + 8);
        out.charset = trimmed(rest.substr(0, rest.find(';')));
    }
    return out;
}

std::string charset_in_html(std::string_view bytes) {
    constexpr std::size_t kLookedAt = 1024;
    const std::string head = lower(bytes.substr(0, kLookedAt));
    const auto at = head.find("charset=");
    if (at == std::string::npos) return {};
    auto rest = std::string_view(head).substr(at + 8);
    const auto begin = rest.find_first_not_of(" \"'");
    if (begin == std::string_view::npos) return {};
    rest.remove_prefix(begin);
    return std::string(rest.substr(0, rest.find_first_of(" \"'/>;\t\r\n")));
}

std::string to_utf8(std::string bytes, std::string charset) {
    // As browsers have it: who says Latin-1 means this.
    if (charset == "iso-8859-1" || charset == "latin1" || charset == "us-ascii") charset = "windows-1252";
    bool whole = true;
    if (is_charset(charset)) {
        Conversion said(charset);
        if (said.known()) return said.run(bytes, whole);
    }
    std::string copy = bytes;
    std::string text = Conversion("utf-8").run(copy, whole);
    return whole ? text : Conversion("windows-1252").run(bytes, whole);
}

void shorten(std::string& text, std::size_t most) {
    if (text.size() <= most) return;
    while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xC0U) == 0x80U) --most;
    text.resize(most);
}

}  // namespace boternity::infra
