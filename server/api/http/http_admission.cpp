// HttpService, first half: what the head alone decides.
#include "api/docs/files.hpp"
#include "api/http/field_value.hpp"
#include "api/http/http_service.hpp"
#include "api/http/negotiate.hpp"
#include "api/http/raw_body.hpp"
#include "api/http/url.hpp"
#include "api/ws/upgrade.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace boternity::api {
namespace {

/// Why a body of that type is not taken, or nothing.
std::optional<std::string> wrong_type(const std::vector<std::string_view>& types,
                                      const google::protobuf::FieldDescriptor* raw) {
    const auto given = types.size() == 1 ? media_type_of(types.front()) : std::string_view{};
    if (raw == nullptr) {
        if (same_word(given, kJson)) return std::nullopt;
        return "The body must be JSON, with \"Content-Type: application/json\".";
    }
    const auto taken = media_types_of(*raw);
    if (std::ranges::any_of(taken, [&](const std::string& type) { return same_word(given, type); }))
        return std::nullopt;
    return fmt::format("The body must be of one of these types, told in Content-Type: {}.",
                       fmt::join(taken, ", "));
}

/// Whether the query has a parameter that would carry a credential, also when the rest of it cannot be read.
bool carries_credential(std::string_view query) {
    while (!query.empty()) {
        const auto end = query.find('&');
        const auto part = query.substr(0, end);
        query = end == std::string_view::npos ? std::string_view{} : query.substr(end + 1);
        const auto name = percent_decode(part.substr(0, part.find('=')), Plus::IsSpace);
        if (name && AccessPolicy::is_credential_parameter(*name)) return true;
    }
    return false;
}

std::optional<HttpService::Plan::Kind> own_path(std::string_view path) {
    if (path == "/healthz") return HttpService::Plan::Kind::Health;
    if (path == "/readyz") return HttpService::Plan::Kind::Ready;
    if (path == "/openapi.json") return HttpService::Plan::Kind::OpenApi;
    if (path == "/ws") return HttpService::Plan::Kind::WebSocket;
    if (find_docs_file(path) != nullptr) return HttpService::Plan::Kind::Docs;
    return std::nullopt;
}

}  // namespace

std::optional<HttpAnswer> HttpService::check_origin(const HttpHeadIn& head,
                                                    std::string_view request_id) const {
    if (auto host = ports_.access.check_host(head.field("host")); !host) {
        return problem(host.error(), head.path, request_id);
    }
    if (auto origin = ports_.access.check_origin(head.all("Origin")); !origin) {
        return problem(origin.error(), head.path, request_id);
    }
    if (carries_credential(head.query)) {
        return problem(
            invalid_argument("A token in the URL is refused, because histories and logs keep URLs; send it "
                             "as \"Authorization: Bearer TOKEN\"."),
            head.path, request_id);
    }
    // Says nothing of the server that its port does not say already, so it needs no credential.
    if (media_type_of(head.field("content-type")).starts_with("application/grpc")) {
        return http_problem(
            415, "gRPC needs HTTP/2: let the client begin with the HTTP/2 preface (\"prior knowledge\").",
            head.path, request_id);
    }
    return std::nullopt;
}

std::variant<HttpService::Plan, HttpAnswer> HttpService::admit(const HttpHeadIn& head,
                                                               std::string_view request_id) const {
    if (auto refused = check_origin(head, request_id)) return std::move(*refused);
    core::Principal principal{.name = "anybody"};
    if (!AccessPolicy::is_public(head.path) || !head.reads()) {
        Credentials given{.authorization = head.all("Authorization"), .api_key = head.all("x-api-key")};
        const auto subprotocols = head.list("Sec-WebSocket-Protocol");
        if (const auto token = token_of(subprotocols); head.path == "/ws" && !token.empty())
            given.api_key.push_back(token);
        auto known = ports_.access.authenticate(given);
        if (!known) return problem(known.error(), head.path, request_id);
        principal = std::move(*known);
    }
    if (const auto expected = head.list("Expect");
        !expected.empty() && !same_word(expected, "100-continue")) {
        return http_problem(417, "The only expectation served is 100-continue.", head.path, request_id);
    }
    auto planned = route(head, std::move(principal), request_id);
    if (auto* plan = std::get_if<Plan>(&planned)) {
        if (auto refused = choose(head, *plan, request_id)) return std::move(*refused);
        const bool raw = plan->method != nullptr && raw_field(*plan->method->descriptor) != nullptr;
        plan->body_limit = raw ? ports_.limits.upload_bytes : ports_.limits.body_bytes;
        if (auto refused = check_body(head, *plan, request_id)) return std::move(*refused);
    }
    return planned;
}

std::variant<HttpService::Plan, HttpAnswer>
HttpService::route(const HttpHeadIn& head, core::Principal principal, std::string_view request_id) const {
    Plan plan{.principal = std::move(principal)};
    std::string allowed;
    if (const auto own = own_path(head.path)) {
        plan.kind = *own;
        const bool socket = *own == Plan::Kind::WebSocket;
        if (socket ? head.verb == "GET" : head.reads()) return plan;
        allowed = socket ? "GET, OPTIONS" : "GET, HEAD, OPTIONS";
    } else if (head.path == "*") {
        allowed = "GET, HEAD, POST, PATCH, DELETE, OPTIONS";
    } else {
        auto match = routes_.match(head.verb, head.path);
        if (match.found()) {
            plan.match = std::move(match);
            return plan;
        }
        if (match.allow.empty()) {
            return problem(not_found("There is nothing at this path; /openapi.json lists all there is."),
                           head.path, request_id);
        }
        allowed = match.allow + ", OPTIONS";
    }
    if (head.verb == "OPTIONS") {
        plan.kind = Plan::Kind::Options;
        plan.match.allow = std::move(allowed);
        return plan;
    }
    auto answer = http_problem(405, fmt::format("This path takes {}.", allowed), head.path, request_id);
    answer.fields.emplace_back("Allow", std::move(allowed));
    return answer;
}

std::optional<HttpAnswer> HttpService::choose(const HttpHeadIn& head, Plan& plan,
                                              std::string_view request_id) const {
    if (plan.kind != Plan::Kind::Call) return std::nullopt;
    const auto& route = plan.match;
    if (route.unary == nullptr) {
        plan.method = route.stream;
        return std::nullopt;
    }
    const auto accept = head.list("Accept");
    const double events = weight_of(accept, kEventStream);
    if (route.stream != nullptr && events > 0 && events >= weight_of(accept, kJson)) {
        plan.method = route.stream;
        return std::nullopt;
    }
    plan.method = route.unary;
    if (accept_weight(accept, kJson) > 0) return std::nullopt;
    return http_problem(406,
                        route.stream != nullptr ? "This path answers application/json or text/event-stream."
                                                : "This path answers application/json.",
                        head.path, request_id);
}

std::optional<HttpAnswer> HttpService::check_body(const HttpHeadIn& head, const Plan& plan,
                                                  std::string_view request_id) const {
    if (!head.has_body()) return std::nullopt;
    if (head.length > plan.body_limit) {
        return http_problem(413, fmt::format("The body may have at most {} bytes.", plan.body_limit),
                            head.path, request_id);
    }
    if (plan.kind != Plan::Kind::Call || !plan.match.has_body) {
        return problem(invalid_argument("This operation takes no body; send its fields in the query."),
                       head.path, request_id);
    }
    if (const auto why = wrong_type(head.all("Content-Type"), raw_field(*plan.method->descriptor))) {
        return http_problem(415, *why, head.path, request_id);
    }
    if (const auto coding = head.list("Content-Encoding");
        !coding.empty() && !same_word(coding, "identity")) {
        return http_problem(415, "A compressed body is not taken; send it as it is.", head.path, request_id);
    }
    return std::nullopt;
}

}  // namespace boternity::api
