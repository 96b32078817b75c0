#pragma once

#include <filesystem>

namespace boternity::app {

/// What the kernel says of this process now, in MiB; 0 when it says nothing.
double resident_memory_mib();

/// How many processors this process may use, at least 1.
int available_cores();

/// Where the local models are when nobody says: `models` beside the binary.
std::filesystem::path default_model_folder();

}  // namespace boternity::app
