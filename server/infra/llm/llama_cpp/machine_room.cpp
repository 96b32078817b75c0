#include "infra/llm/llama_cpp/machine_room.hpp"

#include <sched.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <optional>
#include <string>
#include <thread>

namespace boternity::infra::llm {
namespace {

namespace fs = std::filesystem;

unsigned cores_by_affinity() {
    cpu_set_t set;
    CPU_ZERO(&set);
    if (::sched_getaffinity(0, sizeof set, &set) == 0 && CPU_COUNT(&set) > 0) {
        return static_cast<unsigned>(CPU_COUNT(&set));
    }
    return std::max(std::thread::hardware_concurrency(), 1U);  // more cores than the set can name
}

/// The process's own group in the unified hierarchy.
fs::path own_group(const fs::path& root) {
    std::ifstream in(root / "proc/self/cgroup");
    for (std::string line; std::getline(in, line);) {
        if (line.starts_with("0::/")) return root / "sys/fs/cgroup" / line.substr(4);
    }
    return root / "sys/fs/cgroup";
}

std::optional<std::uint64_t> number_in(const fs::path& file) {
    std::ifstream in(file);
    std::uint64_t value = 0;
    if (in >> value) return value;
    return std::nullopt;  // "max", or no such file
}

std::optional<unsigned> cores_by_quota(const fs::path& group) {
    std::ifstream in(group / "cpu.max");
    double quota = 0;
    double period = 0;
    if (!(in >> quota >> period) || quota <= 0 || period <= 0) return std::nullopt;
    return static_cast<unsigned>(std::max(std::ceil(quota / period), 1.0));
}

std::uint64_t free_memory(const fs::path& root) {
    std::ifstream in(root / "proc/meminfo");
    for (std::string line; std::getline(in, line);) {
        constexpr std::string_view kName = "MemAvailable:";
        if (line.starts_with(kName)) return std::strtoull(line.c_str() + kName.size(), nullptr, 10) * 1024;
    }
    return 0;
}

}  // namespace

MachineRoom machine_room(const fs::path& root) {
    MachineRoom room{.cores = cores_by_affinity(), .memory_bytes = free_memory(root)};
    // A limit of a group binds those below it too.
    const fs::path top = root / "sys/fs/cgroup";
    for (fs::path group = own_group(root);; group = group.parent_path()) {
        if (const auto cores = cores_by_quota(group)) room.cores = std::min(room.cores, *cores);
        if (const auto most = number_in(group / "memory.max")) {
            const auto used = std::min(number_in(group / "memory.current").value_or(0), *most);
            room.memory_bytes =
                room.memory_bytes == 0 ? *most - used : std::min(room.memory_bytes, *most - used);
        }
        if (group == top || !group.has_relative_path() || group == group.parent_path()) break;
    }
    return room;
}

}  // namespace boternity::infra::llm
