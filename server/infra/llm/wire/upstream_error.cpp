#include "infra/llm/wire/upstream_error.hpp"

#include "infra/llm/wire/json_reading.hpp"
#include "infra/llm/wire/vendor_text.hpp"
#include "infra/net/retry_after.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace boternity::infra {

namespace json = boost::json;

namespace {

std::string lower(std::string_view text) {
    std::string out(text);
    std::ranges::transform(out, out.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    return out;
}

bool is_about_length(const Complaint& complaint) {
    for (const std::string_view word : {"context_length", "context_window", "request_too_large"})
        if (complaint.code.contains(word)) return true;
    const std::string sentence = lower(complaint.sentence);
    constexpr auto signs = std::to_array<std::string_view>(
        {"maximum context length", "max context length", "context length exceeded", "exceeds the context",
         "exceed context", "available context size", "context window", "prompt is too long",
         "prompt too long", "maximum number of tokens", "input is too long", "too many tokens"});
    return std::ranges::any_of(signs, [&](std::string_view sign) { return sentence.contains(sign); });
}

bool is_about_credit(const Complaint& complaint) {
    return complaint.code.contains("insufficient_quota") || complaint.code.contains("billing") ||
           complaint.code.contains("insufficient_credit") ||
           complaint.code.contains("insufficient_balance") ||
           lower(complaint.sentence).contains("credit balance is too low");
}

/// " It says: <sentence>." or nothing.
std::string saying(const Complaint& complaint) {
    if (complaint.sentence.empty()) return {};
    const bool ended = std::string_view(".!?").contains(complaint.sentence.back());
    return " It says: " + complaint.sentence + (ended ? "" : ".");
}

}  // namespace

Complaint complaint_in(const json::object& error, std::string_view secret) {
    std::string_view sentence;
    for (const std::string_view name : {"message", "detail", "error", "msg"}) {
        if (sentence.empty()) sentence = string_in(error, name);
    }
    std::string code;
    for (const std::string_view name : {"code", "type", "status", "reason"}) {
        if (const auto said = string_in(error, name); !said.empty())
            code += (code.empty() ? "" : " ") + lower(said);
    }
    return {.sentence = vendor_sentence(sentence, secret), .code = vendor_sentence(code, secret)};
}

Complaint complaint_in(std::string_view body, std::string_view secret) {
    const auto value = parse_vendor_json(body);
    if (!value) return {};
    const json::value* found = &*value;
    if (const json::array* list = found->if_array(); list != nullptr && !list->empty())
        found = &list->front();
    const json::object* object = found->if_object();
    if (object == nullptr) return {};
    const json::object* error = object_in(*object, "error");
    return complaint_in(error != nullptr ? *error : *object, secret);
}

Error error_of_status(int status, const Complaint& complaint) {
    const std::string http = "HTTP " + std::to_string(status);
    Error error{.code = ErrorCode::UpstreamFailed, .message = {}, .detail = http + " " + complaint.code};
    if (status == 401 || status == 403) {
        error.code = ErrorCode::UpstreamAuth;
        error.message = "The provider refused the key (" + http +
                        "); check that it is right and may use this model." + saying(complaint);
    } else if (status == 402 || is_about_credit(complaint)) {
        error.code = ErrorCode::UpstreamRefused;  // to wait does not help
        error.message =
            "The provider's account has no credit left (insufficient_quota); add credit there or choose "
            "another model." +
            saying(complaint);
    } else if (status == 429) {
        error.code = ErrorCode::UpstreamRateLimited;
        error.message = "The provider says there are too many requests; try again later." + saying(complaint);
    } else if (is_about_length(complaint)) {
        error.code = ErrorCode::ContextTooLong;
        error.message =
            "The conversation is longer than the model's window; shorten it or choose a model with a "
            "larger window." +
            saying(complaint);
    } else if (status == 408 || status == 409 || status == 425 || status >= 500) {
        error.message = "The provider failed (" + http + "); try again." + saying(complaint);
    } else if (status >= 400) {
        error.code = ErrorCode::UpstreamRefused;
        error.message = "The provider refused the request (" + http +
                        "); check the model's name, the base_url and "
                        "the settings." +
                        saying(complaint);
    } else {
        error.message = "The provider answered " + http +
                        " instead of an answer; check the base_url, which must be "
                        "the final address: a redirect is not followed." +
                        saying(complaint);
    }
    return error;
}

Error upstream_error(const HttpHead& head, std::string_view body, std::string_view secret) {
    Error error = error_of_status(head.status, complaint_in(body, secret));
    error.retry_after = retry_after(head);
    for (const std::string_view name : {"x-request-id", "request-id"}) {
        const std::string_view id = head.header(name);
        if (!id.empty()) error.detail += " request " + vendor_sentence(id, secret);
    }
    return error;
}

Error stream_error(const json::object& object, std::string_view secret) {
    const Complaint complaint = complaint_in(object, secret);
    // Many servers repeat the status they would have answered with.
    const int status = count_in(object, "code").value_or(count_in(object, "status").value_or(0));
    if (status >= 400 && status < 600) return error_of_status(status, complaint);
    if (complaint.code.contains("rate_limit") || is_about_credit(complaint))
        return error_of_status(429, complaint);
    if (complaint.code.contains("authentication") || complaint.code.contains("invalid_api_key")) {
        return error_of_status(401, complaint);
    }
    if (complaint.code.contains("invalid_request") || complaint.code.contains("invalid_prompt") ||
        is_about_length(complaint))
        return error_of_status(400, complaint);
    return {.code = ErrorCode::UpstreamFailed,
            .message = "The provider failed in the middle of its answer; try again." + saying(complaint),
            .detail = "error in the stream: " + complaint.code};
}

Error unreadable_answer(std::string detail) {
    return {.code = ErrorCode::UpstreamFailed,
            .message = "The provider sent an answer that cannot be read; try again.",
            .detail = std::move(detail)};
}

Error broken_off(std::string detail) {
    return {.code = ErrorCode::UpstreamFailed,
            .message = "The provider's answer broke off before its end; try again.",
            .detail = std::move(detail)};
}

Error not_an_answer(std::string_view content_type, std::string_view format, std::string_view advice) {
    const std::string named = content_type.empty() ? "no content type" : vendor_sentence(content_type, {});
    return {.code = ErrorCode::UpstreamFailed,
            .message = "The provider answered with " + named + " instead of " + std::string(format) +
                       "; check the base_url, which " + std::string(advice) + ".",
            .detail = {}};
}

}  // namespace boternity::infra
