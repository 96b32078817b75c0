#pragma once

#include "types/result.hpp"

#include <boost/json/object.hpp>
#include <google/protobuf/message.h>

#include <string>
#include <string_view>

namespace boternity::api {

/// Puts the members of a JSON object into a message, as protobuf's JSON mapping says, with errors that a
/// person can act on: they name the place ("settings.temperature: expected a number, got a string") and, for
/// a name nobody knows, the nearest that is known. `null` leaves a field unset.
///
/// Errors  InvalidArgument with `field` set.
Status json_to_message(const boost::json::object& object, google::protobuf::Message& message);

/// Sets one field from text: a path variable or a query parameter. `path` may reach into messages by dots
/// ("settings.temperature"); a repeated field gets one more element.
///
/// Errors  InvalidArgument with `field` set: no such field, not a value of its type, or set twice.
Status text_to_field(std::string_view path, std::string_view text, google::protobuf::Message& message);

/// Whether a field of that path is there, for telling a foreign query parameter from a wrong value.
bool has_field(const google::protobuf::Descriptor& message, std::string_view path);

/// "; did you mean X?" with the nearest field of the message, or nothing when none is near.
std::string suggest_field(const google::protobuf::Descriptor& message, std::string_view name);

}  // namespace boternity::api
