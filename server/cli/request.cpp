#include "cli/request.hpp"

#include <fmt/format.h>

#include <iterator>

namespace boternity::cli {
namespace {

bool is_unreserved(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

void append_encoded(std::string& out, std::string_view text) {
    for (const char c : text) {
        if (is_unreserved(c)) {
            out += c;
        } else {
            fmt::format_to(std::back_inserter(out), "%{:02X}", static_cast<unsigned char>(c));
        }
    }
}

}  // namespace

std::string segment(std::string_view text) {
    // No bot, run or session has such a name; a URL library would swallow it, even when it is
    // percent-encoded.
    if (text == "." || text == "..") return "%20";
    std::string out;
    append_encoded(out, text);
    return out;
}

std::string target_of(const Request& request) {
    std::string out = request.path;
    char separator = '?';
    for (const auto& [name, value] : request.query) {
        if (value.empty()) continue;
        out += separator;
        append_encoded(out, name);
        out += '=';
        append_encoded(out, value);
        separator = '&';
    }
    return out;
}

}  // namespace boternity::cli
