#include "infra/llm/wire/tests/golden_folder.hpp"

namespace boternity::infra {

std::string golden_folder() {
    return BOTERNITY_CHAT_GOLDEN;
}

}  // namespace boternity::infra
