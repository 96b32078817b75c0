#pragma once

#include "api/http/http_service.hpp"
#include "api/ws/web_socket.hpp"

#include <string>
#include <string_view>
#include <variant>

namespace boternity::api {

/// The one subprotocol of /ws; the contract's version.
inline constexpr std::string_view kLiveProtocol = "boternity.v1";

/// A page cannot set fields of a handshake but the subprotocols it offers; this one carries its token. The
/// server never picks it, so it is not said back.
inline constexpr std::string_view kTokenProtocol = "boternity.token.";

/// The token among the subprotocols that are offered, or empty.
std::string_view token_of(std::string_view subprotocols);

/// The handshake of a request that asks for a WebSocket (RFC 6455 section 4.2.1), or the refusal: 426 with
/// what to ask for, 400 for a malformed one.
std::variant<WebSocket::Handshake, HttpAnswer> read_handshake(const HttpHeadIn& head,
                                                              std::string_view request_id);

}  // namespace boternity::api
