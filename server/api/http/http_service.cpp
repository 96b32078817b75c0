#include "api/http/http_service.hpp"

#include "api/docs/files.hpp"
#include "api/http/field_value.hpp"
#include "api/http/gzip.hpp"
#include "api/http/message_to_json.hpp"
#include "api/http/negotiate.hpp"
#include "api/http/openapi.hpp"
#include "api/http/raw_body.hpp"
#include "api/http/rest_request.hpp"
#include "api/methods/log_failure.hpp"
#include "api/methods/prepare_call.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <exception>
#include <map>
#include <utility>

namespace boternity::api {
namespace {

constexpr std::size_t kWorthCompressing = 1024;
constexpr std::size_t kMostDocsBytes = 4 * 1024 * 1024;

std::string etag_of(const google::protobuf::Message& message) {
    using google::protobuf::FieldDescriptor;
    const auto* field = message.GetDescriptor()->FindFieldByName("etag");
    if (field == nullptr || field->type() != FieldDescriptor::TYPE_STRING || field->is_repeated()) return {};
    auto etag = message.GetReflection()->GetString(message, field);
    if (!etag.empty() && !etag.starts_with('"') && !etag.starts_with("W/\"")) etag = '"' + etag + '"';
    return etag;
}

/// Weak comparison (RFC 9110 section 13.1.2), with one of a list.
bool none_match_names(std::string_view list, std::string_view etag) {
    if (list == "*") return true;
    const auto weakened = [](std::string_view tag) { return tag.starts_with("W/") ? tag.substr(2) : tag; };
    while (!list.empty()) {
        const auto comma = list.find(',');
        auto tag = list.substr(0, comma);
        while (tag.starts_with(' ')) tag.remove_prefix(1);
        while (tag.ends_with(' ')) tag.remove_suffix(1);
        if (weakened(tag) == weakened(etag)) return true;
        list = comma == std::string_view::npos ? std::string_view{} : list.substr(comma + 1);
    }
    return false;
}

/// For the few clients that take nothing compressed; unpacked with the first of them, and kept.
std::string_view unpacked(const DocsFile& file) {
    static std::mutex mutex;
    static std::map<const DocsFile*, std::string> known;
    const std::lock_guard lock(mutex);
    auto& bytes = known[&file];
    if (bytes.empty()) bytes = gunzip(file.bytes, kMostDocsBytes);
    return bytes;
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

std::string HttpHeadIn::list(std::string_view name) const {
    std::string joined;
    for (const auto& [known, value] : fields) {
        if (!same_word(known, name)) continue;
        if (!joined.empty()) joined += ", ";
        joined += value;
    }
    return joined;
}

HttpService::HttpService(Ports ports) : ports_(std::move(ports)), routes_(ports_.methods) {}

HttpAnswer HttpService::refuse(const Error& error, const HttpHeadIn& head,
                               std::string_view request_id) const {
    log_failure(ports_.log, error, head.verb + " " + head.path, std::string(request_id));
    return problem(error, head.path, request_id);
}

core::Task<HttpService::Response> HttpService::respond(Plan plan, HttpHeadIn head, std::string body,
                                                       std::string request_id, std::stop_token stop) {
    switch (plan.kind) {
    case Plan::Kind::Health: co_return HttpAnswer{.content_type = kJson, .body = R"({"status":"ok"})"};
    case Plan::Kind::Ready: co_return ready();
    case Plan::Kind::OpenApi: co_return openapi(head);
    case Plan::Kind::Docs: co_return docs(head);
    case Plan::Kind::Options: {
        HttpAnswer allowed{.status = 204};
        allowed.fields.emplace_back("Allow", std::move(plan.match.allow));
        co_return allowed;
    }
    case Plan::Kind::Call:
    case Plan::Kind::WebSocket: break;  // the connection takes the latter over
    }
    auto calling =
        call(std::move(plan), std::move(head), std::move(body), std::move(request_id), std::move(stop));
    co_return co_await std::move(calling);
}

core::Task<HttpService::Response> HttpService::call(Plan plan, HttpHeadIn head, std::string body,
                                                    std::string request_id, std::stop_token stop) {
    const Method& method = *plan.method;
    Error error;
    try {
        auto message = message_from(head, std::move(body), plan.match, method);
        if (!message) co_return refuse(message.error(), head, request_id);
        auto key = read_idempotency_key(head.all("Idempotency-Key"));
        if (!key) co_return refuse(key.error(), head, request_id);
        auto mutation = prepare_call(method, **message, std::move(*key));
        if (!mutation) co_return refuse(mutation.error(), head, request_id);
        core::CallContext context{.deadline = method.streams() ? Deadline::never()
                                                               : ports_.clock.in(ports_.limits.unary_time),
                                  .stop = std::move(stop),
                                  .principal = std::move(plan.principal),
                                  .mutation = std::move(*mutation),
                                  .request_id = request_id};
        if (const auto* unary = std::get_if<UnaryHandler>(&method.handler)) {
            auto handled = (*unary)(std::move(*message), std::move(context));
            auto answered = co_await std::move(handled);
            if (answered) co_return unary_answer(head, **answered);
            error = std::move(answered).error();
        } else {
            auto handled = std::get<StreamHandler>(method.handler)(std::move(*message), std::move(context));
            auto opened = co_await std::move(handled);
            if (opened) co_return HttpStream{std::move(*opened), answers_raw(*method.descriptor)};
            error = std::move(opened).error();
        }
    } catch (const std::exception& thrown) {
        error = internal_error(thrown.what());
    }
    co_return refuse(error, head, request_id);
}

HttpAnswer HttpService::unary_answer(const HttpHeadIn& head, const google::protobuf::Message& message) const {
    HttpAnswer answer{.content_type = kJson};
    if (auto etag = etag_of(message); !etag.empty()) {
        const auto held = head.reads() ? head.list("If-None-Match") : std::string();
        const bool same = !held.empty() && none_match_names(held, etag);
        answer.fields.emplace_back("ETag", std::move(etag));
        if (same) {
            answer.status = 304;
            answer.content_type = {};
            return answer;
        }
    }
    answer.body.reserve(512);
    message_to_json(message, answer.body);
    if (answer.body.size() > kWorthCompressing && accepts_gzip(head.list("accept-encoding"))) {
        if (auto packed = gzip(answer.body); !packed.empty()) {
            answer.body = std::move(packed);
            answer.gzipped = true;
        }
    }
    return answer;
}

HttpAnswer HttpService::ready() const {
    const HealthReport report = ports_.health ? ports_.health() : HealthReport{};
    boost::json::array reasons(report.reasons.begin(), report.reasons.end());
    boost::json::object body{{"status", report.ready ? "ready" : "not_ready"},
                             {"reasons", std::move(reasons)}};
    return {.status = report.ready ? 200 : 503, .content_type = kJson, .body = boost::json::serialize(body)};
}

HttpAnswer HttpService::openapi(const HttpHeadIn& head) {
    std::call_once(document_made_, [this] {
        document_ = openapi_document(ports_.version);
        document_gzipped_ = gzip(document_);
    });
    HttpAnswer answer{.content_type = kJson};
    answer.gzipped = !document_gzipped_.empty() && accepts_gzip(head.list("Accept-Encoding"));
    answer.shared = answer.gzipped ? document_gzipped_ : document_;
    return answer;
}

HttpAnswer HttpService::docs(const HttpHeadIn& head) {
    const DocsFile& file = *find_docs_file(head.path);  // the route is made of the same table
    HttpAnswer answer{.content_type = file.content_type};
    answer.fields.emplace_back("Content-Security-Policy", std::string(kDocsPolicy));
    answer.fields.emplace_back("X-Frame-Options", "DENY");
    answer.fields.emplace_back("Vary", "Accept-Encoding");
    answer.gzipped = file.gzipped && accepts_gzip(head.list("Accept-Encoding"));
    answer.shared = file.gzipped && !answer.gzipped ? unpacked(file) : file.bytes;
    return answer;
}

}  // namespace boternity::api
