#pragma once

#include <filesystem>

namespace boternity::testing {

/// The local model that `make setup` fetched.
std::filesystem::path local_model();

}  // namespace boternity::testing
