#pragma once

#include "types/result.hpp"

#include <boost/json/value.hpp>

#include <string_view>

namespace boternity::api {

/// JSON (RFC 8259) with one meaning only: UTF-8, at most 64 levels deep, no key twice in an object, no lone
/// surrogate, no number beyond a double, nothing behind the value. InvalidArgument says what is wrong and
/// where.
///
/// Pure; safe on any input.
Result<boost::json::value> parse_strict_json(std::string_view text);

}  // namespace boternity::api
