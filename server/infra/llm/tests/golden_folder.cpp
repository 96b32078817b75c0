#include "infra/llm/tests/golden_folder.hpp"

namespace boternity::infra {

std::string golden_folder() {
    return BOTERNITY_WIRE_GOLDEN;
}

}  // namespace boternity::infra
