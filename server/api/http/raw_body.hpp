#pragma once

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <string>
#include <string_view>
#include <vector>

namespace boternity::api {

/// Methods whose body is bytes as they are: google.api.HttpBody in the contract.

/// The field that the request's bytes go to; null when the body is JSON.
const google::protobuf::FieldDescriptor* raw_field(const google::protobuf::MethodDescriptor& method);

/// Whether a streaming method answers bytes, not events.
bool answers_raw(const google::protobuf::MethodDescriptor& method);

/// What the contract says these bytes are.
std::vector<std::string> media_types_of(const google::protobuf::FieldDescriptor& raw);
const std::string& media_type_of(const google::protobuf::MethodDescriptor& method);

/// A Content-Disposition (RFC 6266) that saves and never shows, under a name that no system reads as a path.
std::string attachment(std::string_view file_name);

/// The name in the `extensions` of an HttpBody, or empty.
std::string file_name_of(const google::protobuf::Message& http_body);

}  // namespace boternity::api
