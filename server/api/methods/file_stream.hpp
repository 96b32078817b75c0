#pragma once

#include "api/methods/method_table.hpp"

#include <memory>
#include <string>

namespace boternity::api {

/// One file as the answers of a method that streams google.api.HttpBody: its bytes in parts, of which the
/// first tells type and name.
MessageStreamPtr file_stream(std::string media_type, std::string file_name,
                             std::shared_ptr<const std::string> bytes);

}  // namespace boternity::api
