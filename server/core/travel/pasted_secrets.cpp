#include "core/travel/pasted_secrets.hpp"

#include <algorithm>
#include <array>
#include <cctype>

namespace boternity::core {
namespace {

/// How the keys of well-known issuers begin, and how long what follows is at least.
struct KeyShape {
    std::string_view prefix;
    std::size_t rest;
};
constexpr std::array<KeyShape, 22> kShapes{{
    {"sk-", 16},   {"sk_live_", 10}, {"sk_test_", 10}, {"rk_live_", 10}, {"pk_live_", 10},    {"ghp_", 20},
    {"gho_", 20},  {"ghs_", 20},     {"ghu_", 20},     {"glpat-", 16},   {"github_pat_", 20}, {"xoxb-", 10},
    {"xoxp-", 10}, {"xapp-", 10},    {"AKIA", 16},     {"ASIA", 16},     {"AIza", 30},        {"hf_", 20},
    {"npm_", 20},  {"eyJ", 30},      {"ya29.", 20},    {"SG.", 20},
}};
constexpr std::array<std::string_view, 12> kSecretWords{"password", "passwd",      "passphrase", "api key",
                                                        "api_key",  "apikey",      "api-key",    "secret",
                                                        "token",    "private key", "credential", "passcode"};

bool is_token(char c) noexcept {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_' || c == '.' || c == '/' ||
           c == '+' || c == '=' || c == ':';
}

bool has_key(std::string_view line) noexcept {
    for (std::size_t i = 0; i < line.size(); ++i) {
        if (i > 0 && std::isalnum(static_cast<unsigned char>(line[i - 1])) != 0) continue;
        for (const KeyShape& shape : kShapes) {
            if (!line.substr(i).starts_with(shape.prefix)) continue;
            std::size_t length = 0;
            while (i + shape.prefix.size() + length < line.size() &&
                   is_token(line[i + shape.prefix.size() + length]) && length < shape.rest)
                ++length;
            if (length >= shape.rest) return true;
        }
    }
    return false;
}

/// "https://user:password@host"
bool has_login(std::string_view line) noexcept {
    for (auto at = line.find("://"); at != std::string_view::npos; at = line.find("://", at + 3)) {
        const auto authority = line.substr(at + 3, line.find_first_of("/ \t)>\"'", at + 3) - at - 3);
        const auto login = authority.rfind('@');
        if (login != std::string_view::npos && authority.substr(0, login).find(':') != std::string_view::npos)
            return true;
    }
    return false;
}

/// A value that is said to be secret: "wifi password: hunter22", "TOKEN=abc123...".
bool has_named_secret(std::string_view line) {
    std::string lower(line);
    std::ranges::transform(lower, lower.begin(),
                           [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    for (const auto word : kSecretWords) {
        const auto found = lower.find(word);
        if (found == std::string::npos) continue;
        const auto sign = lower.find_first_of(":=", found + word.size());
        if (sign == std::string::npos || sign > found + word.size() + 24) continue;
        auto begin = lower.find_first_not_of(" \t*`\"'", sign + 1);
        if (begin == std::string::npos) continue;
        const auto end = std::min(lower.find_first_of(" \t`\"'", begin), lower.size());
        // A sentence behind the colon is no secret: one value that ends the line is.
        const auto after = lower.find_first_not_of(" \t*`\"'.,;)", end);
        if (end - begin >= 6 && after == std::string::npos) return true;
    }
    return false;
}

}  // namespace

WithoutSecrets without_secrets(std::string_view text) {
    WithoutSecrets out;
    bool in_key = false;
    while (!text.empty()) {
        const auto end = text.find('\n');
        const auto line = text.substr(0, end == std::string_view::npos ? text.size() : end + 1);
        text.remove_prefix(line.size());
        const bool begins = line.find("-----BEGIN ") != std::string_view::npos &&
                            line.find("PRIVATE KEY") != std::string_view::npos;
        in_key = in_key || begins;
        if (in_key || has_key(line) || has_login(line) || has_named_secret(line)) {
            ++out.lines;
            if (line.find("-----END ") != std::string_view::npos) in_key = false;
            continue;
        }
        out.text += line;
    }
    return out;
}

}  // namespace boternity::core
