#pragma once

#include "types/error.hpp"

#include <google/protobuf/message.h>

#include <string>
#include <string_view>

namespace boternity::api {

/// Appends a message as one server-sent event (WHATWG HTML section 9.2): `id` from its number `seq` or
/// `id`, `event`
/// from the name of the member of its first oneof that is set (else "message"), `data` as JSON in one line.
void append_sse(const google::protobuf::Message& message, std::string& out);

/// The event `error` that ends a stream which failed after it began: its data are problem details.
std::string sse_error(const Error& error, std::string_view path, std::string_view request_id);

}  // namespace boternity::api
