#pragma once

#include "core/ports/clock.hpp"
#include "types/error.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace boternity::api {

/// One HTTP answer before it becomes bytes.
struct HttpAnswer {
    int status = 200;
    std::string_view content_type{};  ///< a constant; empty for an answer without content
    std::vector<std::pair<std::string_view, std::string>> fields{};
    std::string body{};
    std::string_view shared{};  ///< instead of `body`: bytes that outlive every connection, the same for all
    bool gzipped = false;       ///< the content is already compressed
};

inline constexpr std::string_view kJson = "application/json";
inline constexpr std::string_view kProblemJson = "application/problem+json";
inline constexpr std::string_view kEventStream = "text/event-stream";

enum class KeepAlive { Yes, No };
enum class BodyBytes { Send, Omit };  ///< Omit: the answer to HEAD, with the length its GET would have

/// `Date` (RFC 9110 section 6.6.1): "Mon, 23 Nov 2026 03:31:36 GMT".
std::string http_date(Timestamp at);

/// The status line and the fields, with the blank line. `length` none: chunked, for a stream.
struct AnswerHead {
    int status = 200;
    std::string_view content_type{};
    const std::vector<std::pair<std::string_view, std::string>>* fields = nullptr;
    std::optional<std::size_t> length{};
    bool chunked = false;
    KeepAlive keep_alive = KeepAlive::Yes;
    std::string_view request_id{};
    std::string_view date{};
};
std::string write_head(const AnswerHead& head);

/// One error as RFC 9457 problem details:
///
///     {"type": "urn:boternity:error:stale_etag", "title": "Changed in the meantime", "status": 412,
///      "detail": "...", "instance": "/api/v1/bots/ada", "code": "stale_etag", "request_id": "...", "field":
///      "etag"}
///
/// `retry_after_ms` and a Retry-After field stand in it when the error says when to come back,
/// WWW-Authenticate in a 401. The private detail of the error is never in it.
HttpAnswer problem(const Error& error, std::string_view path, std::string_view request_id);

/// A failure of HTTP itself that our error codes do not tell apart (405, 406, 414, 415, 417, 431, 505 and the
/// like).
HttpAnswer http_problem(int status, std::string_view detail, std::string_view path,
                        std::string_view request_id);

/// The problem details alone, in one line.
std::string problem_json(const Error& error, std::string_view path, std::string_view request_id);

}  // namespace boternity::api
