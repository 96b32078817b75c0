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

}  // namespace

int estimate_tokens(const core::ModelRequest& request) noexcept {
    double tokens = kPerRequest;
    for (const auto& message : request.messages) {
        tokens += kPerMessage + tokens_in(message.text) + tokens_in(message.answers);
        for (const auto& call : message.calls) {
            tokens += kPerCall + tokens_in(call.id) + tokens_in(call.name) + tokens_in(call.arguments);
        }
    }
    for (const auto& tool : request.tools) {
        tokens += kPerTool + tokens_in(tool.name) + tokens_in(tool.description) + tokens_in(tool.parameters);
    }
    constexpr double most = std::numeric_limits<int>::max();
    return static_cast<int>(std::min(std::ceil(tokens), most));
}

}  // namespace boternity::infra
