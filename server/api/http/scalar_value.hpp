#pragma once

#include "types/result.hpp"

#include <boost/json/value.hpp>
#include <google/protobuf/message.h>

#include <string>
#include <string_view>

namespace boternity::api {

/// Sets a field that is no message (or adds an element to a repeated one) from a JSON value.
/// `path` is how the caller knows the field. InvalidArgument says what was expected.
Status scalar_from_json(const boost::json::value& value, const google::protobuf::FieldDescriptor& field,
                        google::protobuf::Message& message, const std::string& path);

/// The same from text, as it stands in a path or a query. Refuses to set a field twice.
Status scalar_from_text(std::string_view text, const google::protobuf::FieldDescriptor& field,
                        google::protobuf::Message& message, const std::string& path);

/// "settings.temperature: expected a number, got a string."
std::unexpected<Error> wrong(const std::string& path, std::string_view expected,
                             const boost::json::value& got);

}  // namespace boternity::api
