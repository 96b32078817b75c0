#include "core/agents/tool_rules.hpp"

#include "core/bots/text_rules.hpp"
#include "core/runtime/content_hash.hpp"
#include "core/text/cut_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <variant>

namespace boternity::core {
namespace {

constexpr std::size_t kLeastResult = 2048;
constexpr std::size_t kMostResult = 64 * 1024;

}  // namespace

ToolInput input_of(const ToolCall& call, const ToolEntry* entry) {
    // What is not called has no effect that might be had twice.
    if (entry == nullptr)
        return {.call = call.id,
                .tool = call.name,
                .arguments = call.arguments,
                .read_only = true,
                .idempotent = true};
    return {.call = call.id,
            .tool = entry->card.name,
            .arguments = call.arguments,
            .read_only = entry->card.read_only,
            .idempotent = entry->card.idempotent || entry->card.read_only};
}

void make_ids_unique(ModelOutput& output, const std::vector<Step>& before, int position) {
    std::set<std::string> taken;
    for (const Step& step : before)
        if (const auto* tool = std::get_if<ToolInput>(&step.input)) taken.insert(tool->call);
    int index = 0;
    for (auto& part : output.parts) {
        auto* call = std::get_if<ToolCall>(&part);
        if (call == nullptr) continue;
        ++index;
        if (call->id.empty() || !taken.insert(call->id).second) {
            call->id = fmt::format("call_{}_{}", position, index);
            taken.insert(call->id);
        }
    }
}

Status check_calls_tools(const std::vector<std::string>& grants, std::string_view model,
                         const ModelCard& card) {
    if (grants.empty() || card.tools) return {};
    return fail(ErrorCode::WrongState,
                fmt::format("{} calls no tools, and the bot may use some; choose a model that does, or take "
                            "the tools out of the bot's settings.",
                            model));
}

std::size_t result_limit(int window_tokens) noexcept {
    // A quarter of the window, at four bytes a token.
    return std::clamp(static_cast<std::size_t>(std::max(window_tokens, 0)), kLeastResult, kMostResult);
}

ToolOutput told_result(std::string text, bool failed, std::size_t limit) {
    if (!is_valid_utf8(text))
        std::ranges::replace_if(text, [](char c) { return static_cast<unsigned char>(c) >= 0x80; }, '?');
    std::ranges::replace(text, '\0', '?');
    ToolOutput output{.failed = failed, .bytes = text.size()};
    if (text.size() > limit) {
        const auto head = beginning_of(text, limit / 4 * 3);
        const auto tail = ending_of(text, limit / 4);
        text = fmt::format("{}\n[... {} bytes are left out here ...]\n{}", head,
                           text.size() - head.size() - tail.size(), tail);
    }
    output.text = std::move(text);
    return output;
}

Error no_such_tool(std::string_view name, const std::vector<const ToolEntry*>& granted) {
    std::string names;
    for (const ToolEntry* entry : granted) names += (names.empty() ? "" : ", ") + entry->offer.name;
    if (names.empty()) names = "none";
    return not_found(fmt::format("There is no tool {} for you. You have: {}.", name, names));
}

std::string hash_of_call(const ToolInput& call) {
    return content_hash(fmt::format("{}:{}{}", call.tool.size(), call.tool, call.arguments));
}

}  // namespace boternity::core
