#pragma once

#include "core/ports/check.hpp"
#include "core/ports/clock.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace boternity::infra {

/// Each makes one check. They read, and write nothing.

/// Room and inodes under a folder, or under the nearest parent that is there.
std::unique_ptr<core::Check> disk_check(std::filesystem::path folder);

/// What memory is left, by MemAvailable.
std::unique_ptr<core::Check> memory_check();

/// How many files this process may have open.
std::unique_ptr<core::Check> open_files_check();

/// The year, and whether the wall clock was moved since `since` (its own reading of both clocks, taken when
/// the check is made).
std::unique_ptr<core::Check> clock_check(const core::Clock& clock);

/// The data of time zones, and the zone of this machine.
std::unique_ptr<core::Check> time_zone_check(std::filesystem::path zone_data = "/usr/share/zoneinfo");

/// The kernel, and versions that others tell: name and number.
std::unique_ptr<core::Check> versions_check(std::vector<std::pair<std::string, std::string>> others);

/// A file with its sha256 in hex; an empty one is not compared.
std::unique_ptr<core::Check> model_file_check(std::string name, std::filesystem::path file,
                                              std::string sha256);

/// Whether a TCP port of this machine can be listened on, and who does.
std::unique_ptr<core::Check> port_check(std::uint16_t port);

}  // namespace boternity::infra
