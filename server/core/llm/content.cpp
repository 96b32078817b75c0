#include "core/llm/content.hpp"

namespace boternity::core {

std::string PromptMessage::text() const {
    std::string joined;
    for (const auto* part : parts_of<TextPart>(*this)) joined += part->text;
    return joined;
}

}  // namespace boternity::core
