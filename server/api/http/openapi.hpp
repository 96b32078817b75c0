#pragma once

#include <string>
#include <string_view>

namespace boternity::api {

/// The REST surface as an OpenAPI 3.1 document, made from the embedded contract: its routes, messages and
/// comments. Takes some milliseconds; the same bytes for the life of the process.
std::string openapi_document(std::string_view version);

}  // namespace boternity::api
