#pragma once

#include "core/llm/content.hpp"

#include <string>
#include <string_view>

namespace boternity::infra {

/// Base64 with padding (RFC 4648 section 4).
std::string base64(std::string_view bytes);

/// "data:TYPE;base64,..." (RFC 2397).
std::string data_url(const core::MediaPart& media);

}  // namespace boternity::infra
