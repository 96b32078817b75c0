#pragma once

#include "infra/config/document.hpp"

#include <boost/json/value.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace boternity::infra {

/// The text with the setting `key` ("server.listen") given that value, or without it. Comments, order and
/// everything else stay as they are: the result is read again, and must be the tree of before with this one
/// change. Nothing when no way was found to write it so, as in a table on one line; then a person must.
/// `text` is one that can be parsed.
std::optional<std::string> edit_text(std::string_view text, ConfigFormat format, std::string_view key,
                                     const std::optional<boost::json::value>& value);

}  // namespace boternity::infra
