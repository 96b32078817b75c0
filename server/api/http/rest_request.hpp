#pragma once

#include "api/http/http_service.hpp"
#include "types/result.hpp"

namespace boternity::api {

/// The request message that an HTTP request stands for: body, path, query, and the header fields that fill
/// fields of the contract (If-Match -> `etag`, Last-Event-ID -> `after`). What stands in two places must be
/// the same in both.
///
/// Errors  InvalidArgument with the field at fault.
Result<MessagePtr> message_from(const HttpHeadIn& head, std::string body, const Routes::Match& match,
                                const Method& method);

}  // namespace boternity::api
