#include "infra/llm/wire/vendor_text.hpp"

#include "infra/llm/wire/utf8_joiner.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

namespace boternity::infra {
namespace {

constexpr std::string_view kHidden = "[hidden]";
constexpr std::size_t kMaxBytes = 300;
/// More than this of an error is not worth a look.
constexpr std::size_t kMaxRead = 8 * 1024;

constexpr std::array<std::string_view, 12> kKeyPrefixes{"sk-", "sk_",  "pk-",  "pk_",  "rk_",  "gsk_",
                                                        "hf_", "xai-", "AIza", "ghp_", "key-", "eyJ"};

bool in_word(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '*' || c == '.' || c == '+' || c == '/' || c == '=';
}

bool is_digit(char c) noexcept {
    return c >= '0' && c <= '9';
}
bool is_letter(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/// Long runs without sense are taken for keys; names of models and addresses are shorter or have no digits.
bool looks_like_key(std::string_view word) noexcept {
    if (word.contains("**")) return true;
    const bool known =
        std::ranges::any_of(kKeyPrefixes, [&](auto prefix) { return word.starts_with(prefix); });
    if (known && word.size() >= 8) return true;
    const auto odd = std::ranges::count_if(word, [](char c) { return c == '.' || c == '/'; });
    return word.size() >= 32 && odd == 0 && std::ranges::any_of(word, is_digit) &&
           std::ranges::any_of(word, is_letter);
}

std::string without(std::string text, std::string_view secret) {
    if (secret.empty()) return text;
    for (std::size_t at = text.find(secret); at != std::string::npos;
         at = text.find(secret, at + kHidden.size())) {
        text.replace(at, secret.size(), kHidden);
    }
    return text;
}

/// One line: control characters (C0, DEL, C1) become spaces, and runs of blanks one space.
std::string one_line(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto c = static_cast<unsigned char>(text[i]);
        const bool c1 = c == 0xc2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xa0;
        if (c1) ++i;
        if (c1 || c <= 0x20 || c == 0x7f) {
            if (!out.empty() && out.back() != ' ') out += ' ';
        } else {
            out += text[i];
        }
    }
    while (out.ends_with(' ')) out.pop_back();
    return out;
}

}  // namespace

std::string vendor_sentence(std::string_view text, std::string_view secret) {
    Utf8Joiner joiner;
    const std::string line = one_line(without(joiner.push(text.substr(0, kMaxRead)), secret));
    std::string out;
    for (std::string_view rest = line; !rest.empty();) {
        const std::size_t word =
            static_cast<std::size_t>(std::ranges::find_if_not(rest, in_word) - rest.begin());
        out += looks_like_key(rest.substr(0, word)) ? kHidden : rest.substr(0, word);
        rest.remove_prefix(word);
        if (!rest.empty()) {
            out += rest.front();
            rest.remove_prefix(1);
        }
    }
    if (out.size() <= kMaxBytes) return out;
    return std::string(utf8_prefix(out, kMaxBytes - 3)) + "...";
}

}  // namespace boternity::infra
