#include "api/http/http_service.hpp"

#include "api/http/gzip.hpp"
#include "api/http/json_to_message.hpp"
#include "api/http/message_to_json.hpp"
#include "api/http/negotiate.hpp"
#include "api/http/openapi.hpp"
#include "api/http/strict_json.hpp"
#include "api/http/url.hpp"
#include "api/methods/prepare_call.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <utility>

namespace boternity::api {
namespace {

constexpr std::size_t kWorthCompressing = 1024;

MessagePtr new_message(const google::protobuf::Descriptor* type) {
    return MessagePtr(google::protobuf::MessageFactory::generated_factory()->GetPrototype(type)->New());
}

Status read_query(const std::string& query, google::protobuf::Message& request) {
    BOT_TRY(parameters, parse_query(query));
    for (const auto& [name, value] : parameters) {
        if (!has_field(*request.GetDescriptor(), name)) {
            return fail(invalid_argument(fmt::format("There is no query parameter \"{}\"{}.", name,
                                                     suggest_field(*request.GetDescriptor(), name)),
                                         name));
        }
        BOT_CHECK(text_to_field(name, value, request));
    }
    return {};
}

Status refuse_query(const std::string& query) {
    BOT_TRY(parameters, parse_query(query));
    if (parameters.empty()) return {};
    const auto& name = parameters.front().first;
    return fail(invalid_argument(
        fmt::format("There is no query parameter \"{}\": send it in the body.", name), name));
}

Status read_body(const HttpHeadIn& head, const std::string& body, bool has_body,
                 google::protobuf::Message& request) {
    if (body.empty()) return {};
    if (!has_body) return fail(invalid_argument("This request takes no body."));
    const auto type = media_type_of(head.field("content-type"));
    if (!same_word(type, "application/json")) {
        return fail(Error{.code = ErrorCode::InvalidArgument,
                          .message = "Send the body as Content-Type: application/json.",
                          .field = "Content-Type"});
    }
    BOT_TRY(value, parse_strict_json(body));
    if (!value.is_object()) return fail(invalid_argument("The body must be a JSON object."));
    return json_to_message(value.as_object(), request);
}

void set_text_if_empty(google::protobuf::Message& request, const char* name, std::string_view text) {
    const auto* field = request.GetDescriptor()->FindFieldByName(name);
    if (field == nullptr || field->cpp_type() != google::protobuf::FieldDescriptor::CPPTYPE_STRING) return;
    std::string scratch;
    const auto* reflection = request.GetReflection();
    if (reflection->GetStringReference(request, field, &scratch).empty()) {
        reflection->SetString(&request, field, std::string(text));
    }
}

std::string etag_of(const google::protobuf::Message& response) {
    const auto* field = response.GetDescriptor()->FindFieldByName("etag");
    if (field == nullptr) return {};
    return response.GetReflection()->GetString(response, field);
}

bool wants_stream(const HttpHeadIn& head, const Routes::Match& match) {
    if (match.stream == nullptr) return false;
    return match.unary == nullptr || weight_of(head.field("accept"), kEventStream) > 0;
}

HttpAnswer json_answer(int status, const boost::json::object& object) {
    return {.status = status, .content_type = kJson, .body = boost::json::serialize(object)};
}

}  // namespace

std::string_view HttpHeadIn::field(std::string_view name) const noexcept {
    for (const auto& [known, value] : fields) {
        if (same_word(known, name)) return value;
    }
    return {};
}

std::vector<std::string_view> HttpHeadIn::all(std::string_view name) const {
    std::vector<std::string_view> values;
    for (const auto& [known, value] : fields) {
        if (same_word(known, name)) values.emplace_back(value);
    }
    return values;
}

HttpService::HttpService(Ports ports) : ports_(std::move(ports)), routes_(ports_.methods) {}

Result<core::Principal> HttpService::admit(const HttpHeadIn& head) const {
    BOT_CHECK(ports_.access.check_host(head.field("host")));
    BOT_CHECK(ports_.access.check_origin(head.all("origin")));
    BOT_TRY(parameters, parse_query(head.query));
    for (const auto& [name, value] : parameters) {
        if (!AccessPolicy::is_credential_parameter(name)) continue;
        return fail(invalid_argument(
            "A credential does not belong into a URL: send it as `Authorization: Bearer`.", name));
    }
    const bool reads = head.verb == "GET" || head.verb == "HEAD";
    if (reads && AccessPolicy::is_public(head.path)) return core::Principal{.name = "anybody"};
    return ports_.access.authenticate(
        {.authorization = head.all("authorization"), .api_key = head.all("x-api-key")});
}

std::optional<HttpAnswer> HttpService::built_in(const HttpHeadIn& head) {
    if (head.verb != "GET" && head.verb != "HEAD") return std::nullopt;
    if (head.path == "/healthz") return json_answer(200, {{"status", "ok"}});
    if (head.path == "/readyz") {
        const auto report = ports_.health();
        boost::json::array reasons;
        for (const auto& reason : report.reasons) reasons.emplace_back(reason);
        return json_answer(report.ready ? 200 : 503, {{"status", report.ready ? "ready" : "not_ready"},
                                                      {"reasons", std::move(reasons)}});
    }
    if (head.path == "/openapi.json") {
        std::call_once(document_made_, [this] {
            document_ = openapi_document(ports_.version);
            document_gzipped_ = gzip(document_);
        });
        HttpAnswer answer{.content_type = kJson};
        answer.gzipped = accepts_gzip(head.field("accept-encoding"));
        answer.body = answer.gzipped ? document_gzipped_ : document_;
        return answer;
    }
    return std::nullopt;
}

HttpAnswer HttpService::refuse(const Error& error, const HttpHeadIn& head,
                               const std::string& request_id) const {
    if (error.code == ErrorCode::Internal) {
        ports_.log.write(core::LogLevel::Error, "request_failed",
                         {{"method", head.verb},
                          {"path", head.path},
                          {"request_id", request_id},
                          {"detail", error.detail}});
    }
    if (error.field == "Content-Type") return http_problem(415, error.message, head.path, request_id);
    return problem(error, head.path, request_id);
}

Result<HttpService::Prepared> HttpService::prepare(const HttpHeadIn& head, const std::string& body,
                                                   Routes::Match match) {
    Prepared call{
        .method = wants_stream(head, match) ? match.stream : match.unary, .request = {}, .context = {}};
    if (call.method == nullptr) call.method = match.stream;
    call.request = new_message(call.method->descriptor->input_type());
    auto& request = *call.request;
    BOT_CHECK(read_body(head, body, match.has_body, request));
    for (const auto& [field, value] : match.variables) {
        // The path says what the request is about, whatever the body says.
        request.GetReflection()->ClearField(&request, request.GetDescriptor()->FindFieldByName(field));
        BOT_CHECK(text_to_field(field, value, request));
    }
    if (match.has_body) {
        BOT_CHECK(refuse_query(head.query));
    } else {
        BOT_CHECK(read_query(head.query, request));
    }
    if (const auto match_etag = head.field("if-match"); !match_etag.empty()) {
        set_text_if_empty(request, "etag", match_etag);
    }
    if (const auto last = head.field("last-event-id");
        !last.empty() && has_field(*request.GetDescriptor(), "after")) {
        if (head.query.find("after=") == std::string::npos) BOT_CHECK(text_to_field("after", last, request));
    }
    const auto keys = head.all("idempotency-key");
    if (keys.size() > 1) return fail(invalid_argument("Send one Idempotency-Key.", "Idempotency-Key"));
    BOT_TRY(key, read_idempotency_key(keys.empty() ? std::string_view{} : keys.front()));
    BOT_TRY(mutation, prepare_call(*call.method, request, std::move(key)));
    call.context.mutation = std::move(mutation);
    return call;
}

HttpAnswer HttpService::unary_answer(const HttpHeadIn& head,
                                     const google::protobuf::Message& response) const {
    HttpAnswer answer{.content_type = kJson, .body = message_to_json(response)};
    if (auto etag = etag_of(response); !etag.empty()) {
        const auto known = head.field("if-none-match");
        const bool reads = head.verb == "GET" || head.verb == "HEAD";
        if (reads && !known.empty() && (known == "*" || known.find(etag) != std::string_view::npos)) {
            answer = {.status = 304};
        }
        answer.fields.emplace_back("ETag", std::move(etag));
    }
    if (answer.body.size() > kWorthCompressing && accepts_gzip(head.field("accept-encoding"))) {
        if (auto packed = gzip(answer.body); !packed.empty()) {
            answer.body = std::move(packed);
            answer.gzipped = true;
        }
    }
    return answer;
}

core::Task<HttpService::Response> HttpService::respond(HttpHeadIn head, std::string body,
                                                       core::Principal principal, std::string request_id,
                                                       std::stop_token stop) {
    if (auto answer = built_in(head)) co_return std::move(*answer);
    if (media_type_of(head.field("content-type")).starts_with("application/grpc")) {
        co_return http_problem(415, "gRPC needs HTTP/2: connect with a gRPC client to this same port.",
                               head.path, request_id);
    }
    auto match = routes_.match(head.verb, head.path);
    if (!match.found()) {
        if (match.allow.empty()) {
            co_return problem(not_found("There is no such address; /openapi.json lists them all."), head.path,
                              request_id);
        }
        const bool asks = head.verb == "OPTIONS";
        auto answer = asks ? HttpAnswer{.status = 204}
                           : http_problem(405, fmt::format("{} is not for this address.", head.verb),
                                          head.path, request_id);
        answer.fields.emplace_back("Allow", match.allow + ", OPTIONS");
        co_return answer;
    }
    if (match.stream == nullptr && accept_weight(head.field("accept"), kJson) <= 0 &&
        accept_weight(head.field("accept"), kProblemJson) <= 0) {
        co_return http_problem(406, "This address answers application/json.", head.path, request_id);
    }
    auto call = prepare(head, body, std::move(match));
    if (!call) co_return refuse(call.error(), head, request_id);
    call->context.stop = std::move(stop);
    call->context.principal = std::move(principal);
    call->context.request_id = request_id;
    if (const auto* stream = std::get_if<StreamHandler>(&call->method->handler)) {
        auto messages = co_await (*stream)(std::move(call->request), std::move(call->context));
        if (!messages) co_return refuse(messages.error(), head, request_id);
        co_return HttpStream{std::move(*messages)};
    }
    call->context.deadline = ports_.clock.in(ports_.limits.unary_time);
    const auto& unary = std::get<UnaryHandler>(call->method->handler);
    auto response = co_await unary(std::move(call->request), std::move(call->context));
    if (!response) co_return refuse(response.error(), head, request_id);
    co_return unary_answer(head, **response);
}

}  // namespace boternity::api
