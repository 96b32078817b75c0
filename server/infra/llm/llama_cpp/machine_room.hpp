#pragma once

#include <cstdint>
#include <filesystem>

namespace boternity::infra::llm {

/// What this process may use of the machine: the least of what machine and control group (v2) leave it.
///
/// `root` is where /proc and /sys are, for tests.
struct MachineRoom {
    unsigned cores = 1;              ///< by affinity and cpu.max, rounded up
    std::uint64_t memory_bytes = 0;  ///< free now; 0 when nobody says
};

MachineRoom machine_room(const std::filesystem::path& root = "/");

}  // namespace boternity::infra::llm
