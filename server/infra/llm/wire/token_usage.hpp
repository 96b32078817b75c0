#pragma once

#include "core/runs/run.hpp"

#include <boost/json/object.hpp>

#include <optional>
#include <string_view>

namespace boternity::infra {

/// What a format calls the two sides of a usage. Their details are in the fields of the same names with
/// "_details" behind: cached_tokens and cache_write_tokens, reasoning_tokens.
struct UsageWords {
    std::string_view input{};
    std::string_view output{};
};

/// The `usage` of an answer whose input counts what came from a cache. One that makes no sense is none: wrong
/// numbers are worse than none.
std::optional<core::Usage> usage_in(const boost::json::object& answer, const UsageWords& words);

}  // namespace boternity::infra
