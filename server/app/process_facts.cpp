#include "app/process_facts.hpp"

#include <sched.h>
#include <unistd.h>

#include <fstream>
#include <system_error>

namespace boternity::app {

double resident_memory_mib() {
    std::ifstream in("/proc/self/statm");
    long long total = 0;
    long long resident = 0;
    if (!(in >> total >> resident)) return 0;
    return static_cast<double>(resident) * static_cast<double>(::sysconf(_SC_PAGESIZE)) / (1024.0 * 1024.0);
}

int available_cores() {
    cpu_set_t set;
    CPU_ZERO(&set);
    if (::sched_getaffinity(0, sizeof set, &set) != 0) return 1;
    return CPU_COUNT(&set) > 0 ? CPU_COUNT(&set) : 1;
}

std::filesystem::path default_model_folder() {
    std::error_code error;
    const auto self = std::filesystem::read_symlink("/proc/self/exe", error);
    return error ? std::filesystem::path("models") : self.parent_path() / "models";
}

}  // namespace boternity::app
