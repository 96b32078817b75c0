#pragma once

#include <google/protobuf/message.h>

#include <string>

namespace boternity::api {

/// A message as protobuf's JSON mapping writes it, with the field names of the contract (snake_case), in one
/// line. Fields without presence are always there, also when they are 0, "" or empty; unset messages and
/// unset `optional` fields are left out. 64-bit numbers are strings, enums their names, times RFC 3339.
void message_to_json(const google::protobuf::Message& message, std::string& out);

std::string message_to_json(const google::protobuf::Message& message);

}  // namespace boternity::api
