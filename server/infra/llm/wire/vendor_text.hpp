#pragma once

#include <string>
#include <string_view>

namespace boternity::infra {

/// What a vendor wrote, made fit to show: whole characters, no control characters, anything that looks like a
/// key hidden, at most 300 bytes. `secret`, when not empty, is hidden wherever it stands.
std::string vendor_sentence(std::string_view text, std::string_view secret);

}  // namespace boternity::infra
