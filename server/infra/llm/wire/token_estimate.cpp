#include "infra/llm/wire/token_estimate.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string_view>

namespace boternity::infra {
namespace {

constexpr double kBytesPerToken = 3.5;       // English has 4 to 4.5, code and numbers 3
constexpr double kOtherBytesPerToken = 2.0;  // a Chinese character is 3 bytes and 1 to 1.5 tokens
constexpr int kPerMessage = 4;
constexpr int kPerCall = 12;
constexpr int kPerTool = 12;
constexpr int kPerRequest = 3;

double tokens_in(std::string_view text) noexcept {
    const auto other =
        std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0x80U) != 0; });
    const auto ascii = static_cast<double>(text.size()) - static_cast<double>(other);
    return ascii / kBytesPerToken + static_cast<double>(other) / kOtherBytesPerToken;
}

// What vendors ask for a picture of a usual size, and for a page of a document that is also looked at.
constexpr double kPerImage = 1'500;
constexpr double kDocumentBytesPerToken = 20;

double tokens_of(const core::MessagePart& part) noexcept {
    if (const auto* text = std::get_if<core::TextPart>(&part)) return tokens_in(text->text);
    if (const auto* reasoning = std::get_if<core::ReasoningPart>(&part)) return tokens_in(reasoning->text);
    if (const auto* call = std::get_if<core::ToolCall>(&part)) {
        return kPerCall + tokens_in(call->id) + tokens_in(call->name) + tokens_in(call->arguments);
    }
    if (const auto* result = std::get_if<core::ToolResult>(&part)) {
        return kPerMessage + tokens_in(result->call) + tokens_in(result->text);
    }
    const auto& media = std::get<core::MediaPart>(part);
    if (media.kind == core::MediaPart::Kind::Image) return kPerImage;
    return kPerImage + static_cast<double>(media.data().size()) / kDocumentBytesPerToken;
}

}  // namespace

int estimate_tokens(const core::ModelRequest& request) noexcept {
    double tokens = kPerRequest;
    for (const auto& message : request.messages) {
        tokens += kPerMessage;
        for (const auto& part : message.parts) tokens += tokens_of(part);
    }
    for (const auto& tool : request.tools) {
        tokens += kPerTool + tokens_in(tool.name) + tokens_in(tool.description) + tokens_in(tool.parameters);
    }
    constexpr double most = std::numeric_limits<int>::max();
    return static_cast<int>(std::min(std::ceil(tokens), most));
}

}  // namespace boternity::infra
