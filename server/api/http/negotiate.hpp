#pragma once

#include <string_view>

namespace boternity::api {

/// The weight (RFC 9110 section 12.4.2) that a list such as "text/html, */*;q=0.5" gives to exactly this
/// item; -1 when it is not in the list.
double weight_of(std::string_view list, std::string_view item) noexcept;

/// The weight that an Accept value gives to a media type, by its name, its `type/*` or `*/*`. 1 when there is
/// no value.
double accept_weight(std::string_view accept, std::string_view media_type) noexcept;

/// The type and subtype of a Content-Type, without parameters.
std::string_view media_type_of(std::string_view content_type) noexcept;

}  // namespace boternity::api
