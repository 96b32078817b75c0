#include "infra/llm/llama_cpp/tests/model_path.hpp"

namespace boternity::testing {

std::filesystem::path local_model() {
    return BOTERNITY_TEST_MODEL;
}

std::filesystem::path local_embedder() {
    return BOTERNITY_TEST_EMBEDDER;
}

}  // namespace boternity::testing
