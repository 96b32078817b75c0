#include "api/http/answer.hpp"

#include "api/methods/error_map.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <array>
#include <chrono>

namespace boternity::api {
namespace {

namespace json = boost::json;

/// The code of a failure that only HTTP knows; the same words as ErrorCode's where they mean the same.
std::string_view http_code(int status) noexcept {
    switch (status) {
    case 405: return "method_not_allowed";
    case 406: return "not_acceptable";
    case 408: return "request_timeout";
    case 413: return "too_large";
    case 414: return "target_too_long";
    case 415: return "unsupported_media_type";
    case 417: return "expectation_failed";
    case 431: return "header_too_large";
    case 505: return "http_version_not_supported";
    default: return "invalid_argument";
    }
}

json::object problem_object(std::string_view code, std::string_view title, int status,
                            std::string_view detail, std::string_view path, std::string_view request_id) {
    json::object out;
    out["type"] = fmt::format("urn:boternity:error:{}", code);
    out["title"] = title;
    out["status"] = status;
    out["detail"] = detail;
    if (!path.empty()) out["instance"] = path;
    out["code"] = code;
    if (!request_id.empty()) out["request_id"] = request_id;
    return out;
}

json::object problem_object(const Error& error, std::string_view path, std::string_view request_id) {
    const auto wire = wire_error(error.code);
    auto out =
        problem_object(code_name(error.code), wire.title, wire.http_status, error.message, path, request_id);
    if (!error.field.empty()) out["field"] = error.field;
    if (error.retry_after) out["retry_after_ms"] = error.retry_after->count();
    return out;
}

}  // namespace

std::string http_date(Timestamp at) {
    using namespace std::chrono;
    constexpr std::array<std::string_view, 7> kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    constexpr std::array<std::string_view, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const sys_time<microseconds> time{microseconds(at.micros)};
    const auto day = floor<days>(time);
    const year_month_day date{day};
    const hh_mm_ss clock{floor<seconds>(time - day)};
    return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT", kDays[weekday{day}.c_encoding()],
                       unsigned(date.day()), kMonths[unsigned(date.month()) - 1], int(date.year()),
                       clock.hours().count(), clock.minutes().count(), clock.seconds().count());
}

std::string write_head(const AnswerHead& head) {
    std::string out;
    out.reserve(512);
    auto to = std::back_inserter(out);
    fmt::format_to(to, "HTTP/1.1 {} {}\r\nDate: {}\r\n", head.status, reason_phrase(head.status), head.date);
    if (!head.content_type.empty()) fmt::format_to(to, "Content-Type: {}\r\n", head.content_type);
    // A 204 and a 304 have no content by definition (RFC 9110 section 8.6).
    if (head.length && head.status != 204 && head.status != 304) {
        fmt::format_to(to, "Content-Length: {}\r\n", *head.length);
    }
    if (head.chunked) out += "Transfer-Encoding: chunked\r\n";
    out += "Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\nReferrer-Policy: no-referrer\r\n";
    if (!head.request_id.empty()) fmt::format_to(to, "X-Request-Id: {}\r\n", head.request_id);
    if (head.fields != nullptr) {
        for (const auto& [name, value] : *head.fields) fmt::format_to(to, "{}: {}\r\n", name, value);
    }
    out += head.keep_alive == KeepAlive::Yes ? "\r\n" : "Connection: close\r\n\r\n";
    return out;
}

HttpAnswer problem(const Error& error, std::string_view path, std::string_view request_id) {
    HttpAnswer answer{.status = wire_error(error.code).http_status, .content_type = kProblemJson};
    answer.body = json::serialize(problem_object(error, path, request_id));
    if (error.retry_after) {
        const auto seconds = std::chrono::ceil<std::chrono::seconds>(*error.retry_after).count();
        answer.fields.emplace_back("Retry-After", std::to_string(std::max<std::int64_t>(seconds, 1)));
    }
    if (answer.status == 401) answer.fields.emplace_back("WWW-Authenticate", "Bearer");
    return answer;
}

HttpAnswer http_problem(int status, std::string_view detail, std::string_view path,
                        std::string_view request_id) {
    HttpAnswer answer{.status = status, .content_type = kProblemJson};
    answer.body = json::serialize(
        problem_object(http_code(status), reason_phrase(status), status, detail, path, request_id));
    return answer;
}

std::string problem_json(const Error& error, std::string_view path, std::string_view request_id) {
    return json::serialize(problem_object(error, path, request_id));
}

}  // namespace boternity::api
