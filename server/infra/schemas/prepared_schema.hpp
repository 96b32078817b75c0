#pragma once

#include "types/result.hpp"

#include <boost/json/value.hpp>

namespace boternity::infra {

/// Words of ours in a prepared schema, beside those of JSON Schema.
inline constexpr const char* kWorkWord = "boternity:work";          ///< what one look at this schema costs
inline constexpr const char* kPatternWord = "boternity:pattern";    ///< instead of `pattern`
inline constexpr const char* kUniqueWord = "boternity:unique";      ///< instead of `uniqueItems`
inline constexpr const char* kMultipleWord = "boternity:multiple";  ///< instead of `multipleOf`

/// The schema with nothing in it but what is judged, and with our words for what the library would judge
/// without bounds: a schema that the library can take without harm, except for values of the wrong type,
/// which it refuses itself. InvalidArgument with half a sentence. Pure.
Result<boost::json::value> prepare_schema(const boost::json::value& schema);

/// The part of a prepared schema that a reference in it ("#/definitions/a") names; null when there is none.
const boost::json::object* referred(const boost::json::value& schema, std::string_view reference);

}  // namespace boternity::infra
