#include "infra/store/soci/page_token.hpp"

#include <charconv>
#include <optional>

namespace boternity::infra::store {
namespace {

constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::size_t kMaxTokenBytes = 256;

std::string base64url(std::string_view bytes) {
    std::string out;
    unsigned held = 0;
    int bits = 0;
    for (const char byte : bytes) {
        held = held << 8 | static_cast<unsigned char>(byte);
        for (bits += 8; bits >= 6; bits -= 6) out += kAlphabet[held >> (bits - 6) & 63];
    }
    if (bits > 0) out += kAlphabet[held << (6 - bits) & 63];
    return out;
}

std::optional<std::string> from_base64url(std::string_view text) {
    std::string out;
    unsigned held = 0;
    int bits = 0;
    for (const char c : text) {
        const auto value = kAlphabet.find(c);
        if (value == std::string_view::npos) return std::nullopt;
        held = held << 6 | static_cast<unsigned>(value);
        bits += 6;
        if (bits >= 8) {
            bits -= 8;
            out += static_cast<char>(held >> bits & 255);
        }
    }
    return out;
}

std::optional<PageKey> parse(std::string_view list, std::string_view token) {
    if (token.size() > kMaxTokenBytes) return std::nullopt;
    const auto plain = from_base64url(token);
    if (!plain || !plain->starts_with(list)) return std::nullopt;
    const char* at = plain->data() + list.size();
    const char* end = plain->data() + plain->size();
    if (at == end || *at++ != ' ') return std::nullopt;
    PageKey key;
    const auto number = std::from_chars(at, end, key.number);
    if (number.ec != std::errc{} || number.ptr == end || *number.ptr != ' ') return std::nullopt;
    key.text.assign(number.ptr + 1, end);
    return key;
}

}  // namespace

std::string make_page_token(std::string_view list, const PageKey& key) {
    return base64url(std::string(list) + " " + std::to_string(key.number) + " " + key.text);
}

Result<PageKey> read_page_token(std::string_view list, std::string_view token, PageKey first) {
    if (token.empty()) return first;
    if (auto key = parse(list, token)) return *std::move(key);
    return fail(invalid_argument(
        "This page token is not one that this list gave; leave it out to start from the first page.",
        "page_token"));
}

}  // namespace boternity::infra::store
