#pragma once

#include "core/llm/content.hpp"

#include <boost/json/object.hpp>

#include <optional>
#include <string>

/// Looks at the items of a request to Responses.
namespace boternity::testing {

/// An image or a file that is "data:TYPE;base64,..."; nothing when it cannot be read.
std::optional<core::MediaPart> media_in_item(const boost::json::object& part);

/// The paragraphs of a thought's summary.
std::string summary_of(const boost::json::object& item);

}  // namespace boternity::testing
