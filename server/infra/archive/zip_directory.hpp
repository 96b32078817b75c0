#pragma once

#include "infra/archive/archive_limits.hpp"
#include "types/result.hpp"

#include <string_view>

namespace boternity::infra {

/// Looks at a zip file's central directory (PKWARE APPNOTE 4.3) before anything is unpacked: what readers
/// disagree on is refused, and so are links, devices, encryption and what is larger than the limits.
///
/// Pure; safe on any input. Errors  InvalidArgument, TooLarge.
Status check_zip_directory(std::string_view zip, const ArchiveLimits& limits);

}  // namespace boternity::infra
