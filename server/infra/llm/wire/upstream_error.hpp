#pragma once

#include "infra/net/http_client.hpp"
#include "types/error.hpp"

#include <boost/json/object.hpp>

#include <string>
#include <string_view>

/// Failures of providers in our words: one mapping for all formats.
namespace boternity::infra {

/// What a vendor says of a failure, wherever it puts it.
struct Complaint {
    std::string sentence{};  ///< in one line, without what looks like a key
    std::string code{};      ///< what it calls the failure, lower case; for recognition only
};

/// Of an error object. Fields that most formats share: message, detail, error, msg; code, type, status,
/// reason.
Complaint complaint_in(const boost::json::object& error, std::string_view secret);

/// Of the body of an answer: its `error` object, or itself; the first one of a list. Empty when it is no
/// JSON.
Complaint complaint_in(std::string_view body, std::string_view secret);

/// By HTTP status and complaint: UpstreamAuth, UpstreamRateLimited, ContextTooLong, UpstreamRefused,
/// UpstreamFailed.
Error error_of_status(int status, const Complaint& complaint);

/// Why a request failed, from the answer's status, headers (the delay that it asks for, its request id) and
/// the beginning of its body.
Error upstream_error(const HttpHead& head, std::string_view body, std::string_view secret);

/// The same from an error object inside a stream that began well.
Error stream_error(const boost::json::object& error, std::string_view secret);

/// An answer that cannot be read. `detail` is for the log.
Error unreadable_answer(std::string detail);

/// A stream that ended without its end.
Error broken_off(std::string detail);

/// An answer of another type than `format` has, e.g. a page for people.
Error not_an_answer(std::string_view content_type, std::string_view format, std::string_view advice);

}  // namespace boternity::infra
