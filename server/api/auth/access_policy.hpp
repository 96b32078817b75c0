#pragma once

#include "core/runtime/context.hpp"
#include "types/result.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace boternity::api {

/// Who may come in, and from where.
struct AccessOptions {
    std::string token{};  ///< the owner's; kept only as its hash. Empty: nobody gets in
    /// Each passes `check_allowed_host`. Names besides the loopback ones under which people reach this
    /// server, e.g. "bots.example.org" (behind a proxy on its usual port, or on ours) or
    /// "bots.example.org:8443" (on that port only).
    std::vector<std::string> allowed_hosts{};
};

/// What a request carries to prove who sends it, whatever the protocol: header fields of HTTP or metadata of
/// gRPC.
struct Credentials {
    std::vector<std::string_view> authorization{};
    std::vector<std::string_view> api_key{};  ///< x-api-key
};

/// The one place that decides whether a request may come in: every protocol, path and carrier asks here.
///
/// Threads  any; never changes after it was made.
class AccessPolicy {
public:
    /// InvalidArgument, naming it and the right form, for an entry of `AccessOptions::allowed_hosts` that is
    /// no `NAME` or `NAME:PORT`.
    static Status check_allowed_host(std::string_view entry);

    /// `host` is the address that was listened on, `port` the one that was bound.
    AccessPolicy(const AccessOptions& options, std::string_view host, std::uint16_t port);

    /// `host` is the Host field or :authority. It must name this server, otherwise a page of a foreign name
    /// that resolves to our address would talk to us (DNS rebinding). PermissionDenied.
    Status check_host(std::string_view host) const;

    /// `origins` are the Origin fields of the request. A browser sends one with everything that is not a
    /// plain navigation; only our own pages may. PermissionDenied.
    Status check_origin(const std::vector<std::string_view>& origins) const;

    /// Who sends it. Unauthenticated without a valid credential, or with two: which of them counts must
    /// never be a question.
    Result<core::Principal> authenticate(const Credentials& credentials) const;

    /// A parameter of this name would put a credential into URLs, where histories and logs keep it.
    static bool is_credential_parameter(std::string_view name) noexcept;

    /// The whole list of what anybody may ask: paths (by GET or HEAD) and full method names.
    static bool is_public(std::string_view operation) noexcept;

private:
    struct Place {
        std::string name;  ///< lower case, IPv6 in brackets
        std::optional<std::uint16_t> port{};
        bool own = false;  ///< ours rather than the operator's: plain http on our port
    };

    std::string token_hash_;  ///< empty: no token was given
    std::uint16_t port_;
    std::vector<Place> places_;
};

}  // namespace boternity::api
