#include "core/agents/next_action.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>

namespace boternity::core {
namespace {

std::vector<ToolCall> calls_of(const ModelOutput& output) {
    std::vector<ToolCall> calls;
    for (const auto& part : output.parts)
        if (const auto* call = std::get_if<ToolCall>(&part)) calls.push_back(*call);
    return calls;
}

GiveUp too_much(std::string message) {
    return {.error = {.code = ErrorCode::LimitExceeded, .message = std::move(message)}};
}

bool same_result(const ToolOutput& a, const ToolOutput& b) noexcept {
    return a.failed == b.failed && a.bytes == b.bytes && a.text == b.text;
}

/// Why the model is not asked again, if so.
std::optional<GiveUp> used_up(const Run& run, const std::vector<Step>& steps, const RunLimits& limits) {
    const auto asked = std::ranges::count_if(steps, [&](const Step& step) {
        return step.kind() == StepKind::ModelCall && step.state == StepState::Done &&
               step.position > copied_steps(run);
    });
    if (asked >= limits.steps) {
        return too_much(fmt::format("The run has asked its model {} times, which is its limit; raise the "
                                    "bot's max_steps, or say more clearly what is wanted.",
                                    limits.steps));
    }
    const Usage used = usage_of(run, steps);
    if (used.input_tokens + used.output_tokens >= limits.tokens) {
        return too_much(fmt::format("The run has used {} tokens of the {} that it may; raise the bot's "
                                    "max_run_tokens.",
                                    used.input_tokens + used.output_tokens, limits.tokens));
    }
    const auto last = std::find_if(steps.rbegin(), steps.rend(), [](const Step& step) {
        return std::holds_alternative<ToolOutput>(step.output);
    });
    if (last == steps.rend()) return std::nullopt;
    const auto& input = std::get<ToolInput>(last->input);
    const auto before = std::span(steps).first(static_cast<std::size_t>(steps.rend() - last) - 1);
    if (times_in_a_row(before, input, std::get<ToolOutput>(last->output)) < kMostRepeats) return std::nullopt;
    return too_much(
        fmt::format("The model called {} {} times with the same arguments and got the same result, "
                    "so the run was ended.",
                    input.tool, kMostRepeats));
}

NextAction after_model_call(const Step& last, const std::vector<Step>& steps, int behind) {
    const auto& output = std::get<ModelOutput>(last.output);
    if (auto calls = calls_of(output); !calls.empty())
        return IntendCalls{.calls = std::move(calls), .position = behind};
    if (!unheard_agents(steps).empty()) return AwaitAgents{behind};
    return Conclude{behind};
}

}  // namespace

bool sent_before(const Run& run, const Step& step) noexcept {
    return step.kind() == StepKind::MessageSent &&
           (step.attempt != run.attempt || step.position <= copied_steps(run));
}

NextAction next_action(const Run& run, const std::vector<Step>& steps, const RunLimits& limits) {
    SettleCalls open;
    for (std::size_t i = 0; i < steps.size(); ++i) {
        const Step& step = steps[i];
        const bool again = step.state == StepState::Failed && step.attempt < run.attempt;
        if (step.state == StepState::Failed && !again)
            return GiveUp{.error = step.error.value_or(RunError{})};
        if (step.kind() == StepKind::ToolCall && (step.state == StepState::Intended || again))
            open.places.push_back(i);
    }
    if (!open.places.empty()) return open;

    // Decisions are about tools, which have been settled: they say nothing of their own.
    const auto found = std::find_if(steps.rbegin(), steps.rend(), [&](const Step& step) {
        return step.kind() != StepKind::Decision && !sent_before(run, step);
    });
    const int behind = static_cast<int>(steps.size()) + 1;
    if (found == steps.rend()) return AskModel{behind};
    const Step& last = *found;
    switch (last.kind()) {
    case StepKind::ModelCall:
        if (last.state == StepState::Done) {
            return after_model_call(last, steps, behind);
        }
        if (auto why = used_up(run, steps, limits)) return *std::move(why);
        return AskModel{last.position};
    case StepKind::Wait:
        if (last.state == StepState::Intended) return AwaitAgents{last.position};
        break;
    case StepKind::MessageSent: return Conclude{last.position};
    case StepKind::ToolCall:
    case StepKind::Decision: break;
    }
    if (auto why = used_up(run, steps, limits)) return *std::move(why);
    return AskModel{behind};
}

RunLimits limits_of(const Run& run, RunLimits usual) {
    if (run.settings.max_steps) usual.steps = *run.settings.max_steps;
    if (run.settings.max_run_seconds) usual.time = std::chrono::seconds(*run.settings.max_run_seconds);
    if (run.settings.max_run_tokens) usual.tokens = *run.settings.max_run_tokens;
    return usual;
}

std::vector<RunId> unheard_agents(const std::vector<Step>& steps) {
    std::vector<RunId> unheard;
    for (const Step& step : steps) {
        if (const auto* tool = std::get_if<ToolOutput>(&step.output)) {
            if (tool->agent) unheard.push_back(tool->agent->run);
            for (const RunId agent : tool->heard) std::erase(unheard, agent);
        } else if (const auto* wait = std::get_if<WaitOutput>(&step.output)) {
            for (const auto& message : wait->received)
                if (message.kind != AgentMessageKind::Text) std::erase(unheard, message.from);
        }
    }
    return unheard;
}

bool all_heard(const std::vector<AgentMessage>& inbox, std::vector<RunId> awaited) {
    for (const auto& message : inbox) {
        if (message.kind == AgentMessageKind::Text) return true;
        std::erase(awaited, message.from);
    }
    return awaited.empty();
}

Usage usage_of(const Run& run, const std::vector<Step>& steps) {
    Usage sum;
    for (const Step& step : steps) {
        if (step.position <= copied_steps(run)) continue;
        sum.input_tokens += step.usage.input_tokens;
        sum.cache_read_tokens += step.usage.cache_read_tokens;
        sum.cache_write_tokens += step.usage.cache_write_tokens;
        sum.output_tokens += step.usage.output_tokens;
        sum.reasoning_tokens += step.usage.reasoning_tokens;
        sum.estimated = sum.estimated || step.usage.estimated;
    }
    return sum;
}

int times_in_a_row(std::span<const Step> before, const ToolInput& input, const ToolOutput& output) {
    int times = 1;
    for (auto step = before.rbegin(); step != before.rend(); ++step) {
        const auto* called = std::get_if<ToolInput>(&step->input);
        const auto* answered = std::get_if<ToolOutput>(&step->output);
        if (called == nullptr) continue;
        if (answered == nullptr || called->tool != input.tool || called->arguments != input.arguments ||
            !same_result(*answered, output))
            break;
        ++times;
    }
    return times;
}

}  // namespace boternity::core
