#pragma once

#include "types/error.hpp"

#include <boost/json/object.hpp>

#include <string_view>

/// What Gemini's errors say in their details: how long to wait (google.rpc.RetryInfo), and that the key is
/// wrong (google.rpc.ErrorInfo), which is a fault of the request by its status.
namespace boternity::infra {

/// Of the body of an answer: an error or a list of one.
void add_google_details(std::string_view body, std::string_view secret, Error& error);

/// An error in the middle of a stream.
Error google_stream_error(const boost::json::object& object, std::string_view secret);

}  // namespace boternity::infra
