#pragma once

#include "api/auth/access_policy.hpp"
#include "api/health_report.hpp"
#include "api/http/answer.hpp"
#include "api/http/routes.hpp"
#include "api/limits.hpp"
#include "api/methods/method_table.hpp"
#include "core/ports/clock.hpp"
#include "core/ports/ids.hpp"
#include "core/ports/log.hpp"

#include <cstdint>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace boternity::api {

/// A request's head as it came in.
struct HttpHeadIn {
    std::string verb{};
    std::string path{};   ///< still percent-encoded
    std::string query{};  ///< without the question mark
    std::vector<std::pair<std::string, std::string>> fields{};

    // How its body is framed; the header guard has seen to it that there is one way to read that.
    bool chunked = false;
    std::uint64_t length = 0;
    bool has_body() const noexcept { return chunked || length > 0; }
    bool reads() const noexcept { return verb == "GET" || verb == "HEAD"; }

    /// The field of that name (in any case), or empty. Of several, the first.
    std::string_view field(std::string_view name) const noexcept;
    std::vector<std::string_view> all(std::string_view name) const;
    /// Every occurrence as one list (RFC 9110 section 5.3); empty when it is not there.
    std::string list(std::string_view name) const;
};

/// A streaming method's answers, as they are to be sent.
struct HttpStream {
    MessageStreamPtr messages;
    bool raw = false;  ///< each message is a google.api.HttpBody: the next bytes of one file
};

/// REST without its sockets: from a request to an answer. What it is made with outlives it. Threads: any.
class HttpService {
public:
    struct Ports {
        const MethodTable& methods;
        const AccessPolicy& access;
        HealthSource health;
        core::Log& log;
        core::Clock& clock;
        core::Ids& ids;
        Limits limits;
        std::string version;
    };

    explicit HttpService(Ports ports);

    /// A request that was let in, with all that its head says decided.
    struct Plan {
        enum class Kind { Health, Ready, OpenApi, Docs, Options, Call, WebSocket };
        Kind kind = Kind::Call;
        Routes::Match match{};
        const Method* method = nullptr;  ///< Call: which of the route's two
        core::Principal principal{};
        std::size_t body_limit = 0;  ///< more is 413
    };

    /// Decides before a byte of the body is read: from where, by whom, what is asked for, and whether the
    /// body that is announced is one. A refusal is the answer to send.
    std::variant<Plan, HttpAnswer> admit(const HttpHeadIn& head, std::string_view request_id) const;

    using Response = std::variant<HttpAnswer, HttpStream>;

    /// Does what was planned. Errors are answers too.
    core::Task<Response> respond(Plan plan, HttpHeadIn head, std::string body, std::string request_id,
                                 std::stop_token stop);

    /// The answer to a call's error; what is the server's fault is logged, once.
    HttpAnswer refuse(const Error& error, const HttpHeadIn& head, std::string_view request_id) const;

    const Ports& ports() const noexcept { return ports_; }

private:
    std::optional<HttpAnswer> check_origin(const HttpHeadIn& head, std::string_view request_id) const;
    std::variant<Plan, HttpAnswer> route(const HttpHeadIn& head, core::Principal principal,
                                         std::string_view request_id) const;
    std::optional<HttpAnswer> choose(const HttpHeadIn& head, Plan& plan, std::string_view request_id) const;
    std::optional<HttpAnswer> check_body(const HttpHeadIn& head, const Plan& plan,
                                         std::string_view request_id) const;
    core::Task<Response> call(Plan plan, HttpHeadIn head, std::string body, std::string request_id,
                              std::stop_token stop);
    HttpAnswer ready() const;
    HttpAnswer openapi(const HttpHeadIn& head);
    static HttpAnswer docs(const HttpHeadIn& head);
    HttpAnswer unary_answer(const HttpHeadIn& head, const google::protobuf::Message& response) const;

    Ports ports_;
    Routes routes_;
    std::once_flag document_made_;
    std::string document_;
    std::string document_gzipped_;
};

}  // namespace boternity::api
