#pragma once

#include "types/result.hpp"

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace boternity::infra {

/// Parses what a vendor sent: at most 64 levels deep, tolerant of bytes that are no UTF-8 (a Utf8Joiner mends
/// them) and of one half of a UTF-16 pair. Nothing when it is no JSON.
std::optional<boost::json::value> parse_vendor_json(std::string_view text);

/// What one event or line of an answer says: a JSON object. UpstreamFailed when it is none; its beginning
/// goes into the detail, without `secret`.
Result<boost::json::object> object_in_event(std::string_view data, std::string_view secret);

/// Looks that do not fail: null, absent and of another type are all "nothing".
const boost::json::object* object_in(const boost::json::object& object, std::string_view name) noexcept;
const boost::json::array* array_in(const boost::json::object& object, std::string_view name) noexcept;
std::string_view string_in(const boost::json::object& object, std::string_view name) noexcept;
std::optional<int> count_in(const boost::json::object& object, std::string_view name) noexcept;

}  // namespace boternity::infra
