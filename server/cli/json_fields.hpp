#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace boternity::cli {

/// Reading the API's answers. What is missing or of another type reads as empty: a newer server may add
/// fields, and an older one may lack some.

std::string text_field(const boost::json::object& object, std::string_view name);
std::int64_t number_field(const boost::json::object& object, std::string_view name) noexcept;
double real_field(const boost::json::object& object, std::string_view name) noexcept;
bool true_field(const boost::json::object& object, std::string_view name) noexcept;
/// A reference into `object`, or to an empty object or array that lives for ever.
const boost::json::object& object_field(const boost::json::object& object, std::string_view name) noexcept;
const boost::json::array& array_field(const boost::json::object& object, std::string_view name) noexcept;

/// The JSON text of a value on one line. Control characters outside ASCII and direction marks are written as
/// \u escapes: the text stays the same JSON and cannot act on a terminal.
std::string json_line(const boost::json::value& value);

}  // namespace boternity::cli
