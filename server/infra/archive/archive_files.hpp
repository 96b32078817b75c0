#pragma once

#include "core/ports/bot_archives.hpp"
#include "infra/archive/archive_limits.hpp"
#include "types/result.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace boternity::infra {

/// The files of a zip, tar or tar.gz, known by its content, in memory. One folder around everything is taken
/// away. All of it or nothing: the first fault ends it.
///
/// Pure; safe on any input. Errors  InvalidArgument, TooLarge.
Result<std::vector<core::NamedFile>> read_archive(std::string_view bytes, const ArchiveLimits& limits = {});

/// A zip of the files in their order: the same bytes for the same files, and always one that `read_archive`
/// takes. TooLarge when there is none.
Result<std::string> write_zip(const std::vector<core::NamedFile>& files, const ArchiveLimits& limits = {});

}  // namespace boternity::infra
