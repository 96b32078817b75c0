#include "api/ws/upgrade.hpp"

#include "api/http/field_value.hpp"

#include <algorithm>
#include <cctype>
#include <vector>

namespace boternity::api {
namespace {

/// 16 bytes in base64.
bool is_key(std::string_view key) {
    return key.size() == 24 && key.ends_with("==") &&
           std::ranges::all_of(key.substr(0, 22),
                               [](unsigned char c) { return std::isalnum(c) != 0 || c == '+' || c == '/'; });
}

}  // namespace

std::string_view token_of(std::string_view subprotocols) {
    std::string_view token;
    each_of_list(subprotocols, [&](std::string_view offered) {
        if (offered.starts_with(kTokenProtocol)) token = offered.substr(kTokenProtocol.size());
    });
    return token;
}

std::variant<WebSocket::Handshake, HttpAnswer> read_handshake(const HttpHeadIn& head,
                                                              std::string_view request_id) {
    const auto refused = [&](int status, std::string_view why) {
        return http_problem(status, why, head.path, request_id);
    };
    if (!list_has(head.list("Upgrade"), "websocket") || !list_has(head.list("Connection"), "upgrade")) {
        auto answer = refused(426, "This path speaks WebSocket: ask with \"Upgrade: websocket\".");
        answer.fields.emplace_back("Upgrade", "websocket");
        return answer;
    }
    if (head.all("Sec-WebSocket-Version") != std::vector<std::string_view>{"13"}) {
        auto answer = refused(426, "The only WebSocket version spoken is 13.");
        answer.fields.emplace_back("Sec-WebSocket-Version", "13");
        return answer;
    }
    const auto keys = head.all("Sec-WebSocket-Key");
    if (keys.size() != 1 || !is_key(keys.front()))
        return refused(400, "Sec-WebSocket-Key must be 16 random bytes in base64.");
    if (!list_has(head.list("Sec-WebSocket-Protocol"), kLiveProtocol)) {
        return refused(400,
                       "Offer the subprotocol boternity.v1 in Sec-WebSocket-Protocol; it is the one that "
                       "is spoken here.");
    }
    return WebSocket::Handshake{.target = head.path,
                                .host = std::string(head.field("Host")),
                                .key = std::string(keys.front()),
                                .subprotocol = std::string(kLiveProtocol),
                                .request_id = std::string(request_id)};
}

}  // namespace boternity::api
