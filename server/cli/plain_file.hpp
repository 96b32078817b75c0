#pragma once

#include "cli/connection.hpp"
#include "cli/invocation.hpp"

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

/// Files of any bytes that commands read and write.
namespace boternity::cli {

/// Whether the path itself may be a symbolic link.
enum class Links { Refused, Followed };

/// A regular file whole, at most `most` bytes. Usage naming `option` when it is none, is larger or cannot be
/// read; a pipe or a device is never waited for.
Answer<std::string> read_plain_file(const std::filesystem::path& path, std::size_t most, Links links,
                                    const std::string& option);

/// Writes what the server sent to `path`: a new file that its owner alone may read, one that is there only
/// with `force`; to stdout for "-"; under the server's own name, else `otherwise`, when empty. Tells where it
/// went.
Answer<ExitCode> save_download(Invocation& invocation, const Download& file, std::string path, bool force,
                               std::string_view otherwise);

}  // namespace boternity::cli
