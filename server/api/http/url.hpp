#pragma once

#include "types/result.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace boternity::api {

/// Well-formed UTF-8 (RFC 3629): no overlong form, no surrogate, nothing above U+10FFFF.
bool is_utf8(std::string_view bytes) noexcept;

enum class Plus { IsSpace, IsPlus };

/// Decodes %XX. None for an escape that is not one, or a result that is not UTF-8 or holds a control
/// character.
std::optional<std::string> percent_decode(std::string_view text, Plus plus);

using QueryParameters = std::vector<std::pair<std::string, std::string>>;

/// The parameters of a query string in their order, decoded. InvalidArgument names the one that cannot be
/// decoded.
Result<QueryParameters> parse_query(std::string_view query);

/// A request target in origin form or absolute form, as path and query, both still encoded.
struct Target {
    std::string_view path;
    std::string_view query;
};
Target split_target(std::string_view target) noexcept;

}  // namespace boternity::api
