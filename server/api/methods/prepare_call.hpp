#pragma once

#include "api/methods/method_table.hpp"
#include "types/result.hpp"

#include <google/protobuf/message.h>

#include <string>
#include <string_view>
#include <vector>

namespace boternity::api {

/// What every transport does between a decoded request and its handler, so that a request means the same on
/// all.

/// The key of the request's `Idempotency-Key` fields: an RFC 8941 string ("...") or, as most clients send it,
/// the bare text. Empty without a field.
///
/// Errors  InvalidArgument: malformed, empty, or more than one field.
Result<std::string> read_idempotency_key(const std::vector<std::string_view>& fields);

/// Checks the request's texts and sets `mutation` for a method that has a field `idempotency_key`. `key` is
/// the one of the header or metadata, already read; it is put into the field, so that the handler sees one
/// request.
///
/// A method without that field changes nothing, so its key is ignored.
///
/// Errors  InvalidArgument: a text with U+0000, a malformed key, or a key that differs from the field's.
Result<core::Mutation> prepare_call(const Method& method, google::protobuf::Message& request,
                                    std::string key);

}  // namespace boternity::api
