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

#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace boternity::api {

/// A request's head as it came in. The views are into the connection's buffer of it.
struct HttpHeadIn {
    std::string verb{};
    std::string path{};   ///< still percent-encoded
    std::string query{};  ///< without the question mark
    std::vector<std::pair<std::string, std::string>> fields{};

    /// The field of that name (in any case), or empty. Of several, the first.
    std::string_view field(std::string_view name) const noexcept;
    std::vector<std::string_view> all(std::string_view name) const;
};

/// A streaming method's answers, as they are to be sent.
struct HttpStream {
    MessageStreamPtr messages;
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

    /// May this request come in? Asked before its body is read.
    Result<core::Principal> admit(const HttpHeadIn& head) const;

    using Response = std::variant<HttpAnswer, HttpStream>;

    /// Answers an admitted request. Errors are answers too.
    core::Task<Response> respond(HttpHeadIn head, std::string body, core::Principal principal,
                                 std::string request_id, std::stop_token stop);

    const Ports& ports() const noexcept { return ports_; }

private:
    struct Prepared {
        const Method* method = nullptr;
        MessagePtr request;
        core::CallContext context;
    };

    std::optional<HttpAnswer> built_in(const HttpHeadIn& head);
    Result<Prepared> prepare(const HttpHeadIn& head, const std::string& body, Routes::Match match);
    HttpAnswer unary_answer(const HttpHeadIn& head, const google::protobuf::Message& response) const;
    HttpAnswer refuse(const Error& error, const HttpHeadIn& head, const std::string& request_id) const;

    Ports ports_;
    Routes routes_;
    std::once_flag document_made_;
    std::string document_;
    std::string document_gzipped_;
};

}  // namespace boternity::api
