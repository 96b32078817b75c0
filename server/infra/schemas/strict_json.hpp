#pragma once

#include "types/result.hpp"
#include "types/value.hpp"

#include <boost/json/value.hpp>

#include <string_view>

namespace boternity::infra {

/// JSON (RFC 8259) with one meaning only: UTF-8, at most 64 levels deep, no name twice in an object, no
/// number beyond a double, nothing behind the value. An integer beyond 64 bits becomes a real, a real without
/// a fraction below 2^53 an integer. InvalidArgument says what is wrong and where. Pure; safe on any input.
Result<boost::json::value> parse_strict_json(std::string_view text);

Value to_value(const boost::json::value& json);

}  // namespace boternity::infra
