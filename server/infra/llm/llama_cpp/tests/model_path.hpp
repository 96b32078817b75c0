#pragma once

#include <filesystem>

namespace boternity::testing {

/// The local model that `make setup` fetched.
std::filesystem::path local_model();

/// The local model for embeddings, as well.
std::filesystem::path local_embedder();

}  // namespace boternity::testing
