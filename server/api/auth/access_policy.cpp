#include "api/auth/access_policy.hpp"

#include "api/http/field_value.hpp"
#include "core/runtime/content_hash.hpp"

#include <fmt/format.h>
#include <openssl/crypto.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace boternity::api {
namespace {

struct HostPort {
    std::string name;
    std::optional<std::uint16_t> port{};
};

std::string lower(std::string_view text) {
    std::string out(text);
    std::ranges::transform(out, out.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? char(c + 32) : c; });
    return out;
}

/// `host[:port]` of RFC 3986 without userinfo; nothing else, not even a trailing dot or an empty port.
std::optional<HostPort> parse_authority(std::string_view text) {
    std::string_view name = text;
    std::string_view port;
    bool has_port = false;
    if (text.starts_with('[')) {
        const auto end = text.find(']');
        if (end == std::string_view::npos) return std::nullopt;
        name = text.substr(0, end + 1);
        const auto rest = text.substr(end + 1);
        if (!rest.empty() && !rest.starts_with(':')) return std::nullopt;
        has_port = !rest.empty();
        port = has_port ? rest.substr(1) : rest;
    } else if (const auto colon = text.find(':'); colon != std::string_view::npos) {
        name = text.substr(0, colon);
        port = text.substr(colon + 1);
        has_port = true;
    }
    const auto allowed = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
               c == '-' || c == '_' || c == ':' || c == '[' || c == ']';
    };
    if (name.empty() || name.ends_with('.') || !std::ranges::all_of(name, allowed)) return std::nullopt;
    HostPort out{.name = lower(name)};
    if (has_port) {
        std::uint16_t number = 0;
        const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), number);
        if (error != std::errc{} || end != port.data() + port.size() || number == 0) return std::nullopt;
        out.port = number;
    }
    return out;
}

bool same_secret(std::string_view left, std::string_view right) noexcept {
    return left.size() == right.size() && CRYPTO_memcmp(left.data(), right.data(), left.size()) == 0;
}

std::unexpected<Error> no_credential() {
    return fail(
        ErrorCode::Unauthenticated,
        "This needs the server's token, as \"Authorization: Bearer TOKEN\"; it is in the file `token` of "
        "the server's data folder.");
}

/// The token of `Bearer TOKEN`; empty for any other scheme.
std::string_view bearer_of(std::string_view field) {
    field = trimmed(field);
    constexpr std::string_view kScheme = "bearer ";
    if (field.size() <= kScheme.size() || lower(field.substr(0, kScheme.size())) != kScheme) return {};
    return trimmed(field.substr(kScheme.size()));
}

}  // namespace

Status AccessPolicy::check_allowed_host(std::string_view entry) {
    if (parse_authority(entry)) return {};
    return fail(invalid_argument(fmt::format("\"{}\" is no name of a host; give --allow-host as NAME or "
                                             "NAME:PORT, for example bots.example.org.",
                                             entry)));
}

AccessPolicy::AccessPolicy(const AccessOptions& options, std::string_view host, std::uint16_t port)
    : token_hash_(options.token.empty() ? std::string() : core::content_hash(options.token)), port_(port) {
    for (const char* name : {"localhost", "127.0.0.1", "[::1]"}) places_.push_back({name, port, true});
    // A wildcard address is no name of ours: browsers reach 127.0.0.1 through http://0.0.0.0 from foreign
    // pages.
    if (host != "0.0.0.0" && host != "::" && !host.empty()) {
        const bool bare_v6 = host.find(':') != std::string_view::npos && !host.starts_with('[');
        places_.push_back({bare_v6 ? "[" + lower(host) + "]" : lower(host), port, true});
    }
    for (const auto& entry : options.allowed_hosts) {
        if (auto place = parse_authority(entry)) places_.push_back({place->name, place->port, false});
    }
}

Status AccessPolicy::check_host(std::string_view host) const {
    const auto asked = parse_authority(host);
    const bool known = asked && std::ranges::any_of(places_, [&](const Place& place) {
                           if (place.name != asked->name) return false;
                           if (!asked->port || *asked->port == place.port.value_or(port_)) return true;
                           // Some proxies pass on the port that they were asked on, usual or not.
                           return !place.port && (*asked->port == 80 || *asked->port == 443);
                       });
    if (known) return {};
    return fail(
        ErrorCode::PermissionDenied,
        "The Host of the request is no name of this server; use its listen address, or let the operator "
        "allow the name with --allow-host.");
}

Status AccessPolicy::check_origin(const std::vector<std::string_view>& origins) const {
    if (origins.empty()) return {};
    const auto denied = [] {
        return fail(ErrorCode::PermissionDenied, "Pages of other origins may not use this server.");
    };
    if (origins.size() > 1) return denied();
    std::string_view text = origins.front();
    const bool secure = text.starts_with("https://");
    if (!secure && !text.starts_with("http://")) return denied();  // "null" and every other scheme
    const auto origin = parse_authority(text.substr(secure ? 8 : 7));
    if (!origin) return denied();
    const std::uint16_t usual = secure ? 443 : 80;
    const std::uint16_t port = origin->port.value_or(usual);
    const bool ours = std::ranges::any_of(places_, [&](const Place& place) {
        if (place.name != origin->name) return false;
        if (place.own) return !secure && port == port_;
        return place.port ? port == *place.port : port == usual || port == port_;
    });
    return ours ? Status{} : denied();
}

Result<core::Principal> AccessPolicy::authenticate(const Credentials& credentials) const {
    const auto two = [] {
        return fail(ErrorCode::Unauthenticated,
                    "The request carries two credentials that differ; send one token.");
    };
    if (credentials.authorization.size() > 1 || credentials.api_key.size() > 1) return two();
    if (credentials.authorization.empty() && credentials.api_key.empty()) return no_credential();
    std::string_view token;
    if (!credentials.authorization.empty()) token = bearer_of(credentials.authorization.front());
    if (!credentials.api_key.empty()) {
        const auto key = trimmed(credentials.api_key.front());
        if (!credentials.authorization.empty() && key != token) return two();
        token = key;
    }
    if (token.empty() || token_hash_.empty()) return no_credential();
    // Hashes are of one length and tell nothing of how much of a guess was right.
    if (!same_secret(core::content_hash(token), token_hash_)) {
        return fail(ErrorCode::Unauthenticated,
                    "The token is not valid; it is in the file `token` of the server's data folder.");
    }
    return core::Principal{};
}

bool AccessPolicy::is_credential_parameter(std::string_view name) noexcept {
    constexpr std::array<std::string_view, 4> kNames{"token", "access_token", "api_key", "key"};
    return std::ranges::any_of(kNames, [&](std::string_view known) { return same_word(known, name); });
}

bool AccessPolicy::is_public(std::string_view operation) noexcept {
    constexpr std::array<std::string_view, 10> kPublic{
        "/healthz",
        "/readyz",
        "/openapi.json",  // the contract: the same bytes for everybody, and none of the owner's data
        "/docs",          // the page that shows it, and what that page is made of: the same
        "/docs/page.js",
        "/docs/page.css",
        "/docs/swagger-ui-bundle.js",
        "/docs/swagger-ui.css",
        "grpc.health.v1.Health.Check",
        "grpc.health.v1.Health.Watch"};
    return std::ranges::find(kPublic, operation) != kPublic.end();
}

}  // namespace boternity::api
