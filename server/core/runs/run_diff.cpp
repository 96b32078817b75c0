#include "core/runs/run_diff.hpp"

#include "core/text/text_diff.hpp"

#include <algorithm>
#include <utility>
#include <variant>

namespace boternity::core {
namespace {

/// What a person reads of what a step came to.
std::string told_by(const Step& step) {
    struct Told {
        std::string operator()(std::monostate) const { return {}; }
        std::string operator()(const ModelOutput& output) const {
            std::string text = output.text();
            for (const auto& part : output.parts) {
                const auto* call = std::get_if<ToolCall>(&part);
                if (call != nullptr) text += "\n[calls " + call->name + " " + call->arguments + "]";
            }
            return text;
        }
        std::string operator()(const ToolOutput& output) const { return output.text; }
        std::string operator()(const WaitOutput& output) const {
            std::string text;
            for (const auto& message : output.received) text += message.sender + ": " + message.text + "\n";
            return text;
        }
        std::string operator()(const DecisionOutput& output) const { return output.answer; }
        std::string operator()(const SentOutput&) const { return {}; }
    };
    std::string text = std::visit(Told{}, step.output);
    if (step.error) text += (text.empty() ? "" : "\n") + step.error->message;
    return text;
}

/// Whether two steps were given the same. Ids differ from run to run and say nothing.
bool given_alike(const StepInput& a, const StepInput& b) {
    if (a.index() != b.index()) return false;
    if (const auto* tool = std::get_if<ToolInput>(&a)) {
        const auto& other = std::get<ToolInput>(b);
        return tool->tool == other.tool && tool->arguments == other.arguments;
    }
    if (const auto* model = std::get_if<ModelInput>(&a)) {
        const auto& other = std::get<ModelInput>(b);
        return model->model == other.model && model->request_hash == other.request_hash;
    }
    if (const auto* decision = std::get_if<DecisionInput>(&a)) {
        const auto& other = std::get<DecisionInput>(b);
        return decision->question == other.question && decision->options == other.options;
    }
    return true;
}

StepDiff diff_steps(int position, const Step* a, const Step* b) {
    StepDiff diff{.position = position};
    if (a != nullptr) diff.a = *a;
    if (b != nullptr) diff.b = *b;
    if (a == nullptr || b == nullptr) return diff;
    if (a->kind() != b->kind()) diff.differs_in.emplace_back("kind");
    if (a->state != b->state) diff.differs_in.emplace_back("state");
    if (!given_alike(a->input, b->input)) diff.differs_in.emplace_back("given");
    const std::string told_a = told_by(*a);
    const std::string told_b = told_by(*b);
    if (told_a != told_b) {
        diff.differs_in.emplace_back("result");
        diff.text_diff = diff_texts(told_a, told_b, "a", "b").unified;
    }
    return diff;
}

const Step* at(const std::vector<Step>& steps, std::size_t place) noexcept {
    return place < steps.size() ? &steps[place] : nullptr;
}

}  // namespace

RunDiff diff_runs(Run a, const std::vector<Step>& steps_a, Run b, const std::vector<Step>& steps_b) {
    RunDiff diff;
    for (std::size_t i = 0; i < std::max(steps_a.size(), steps_b.size()); ++i)
        diff.steps.push_back(diff_steps(static_cast<int>(i) + 1, at(steps_a, i), at(steps_b, i)));
    if (a.model != b.model) diff.differs_in.emplace_back("model");
    if (a.soul_version != b.soul_version) diff.differs_in.emplace_back("soul_version");
    if (a.settings != b.settings) diff.differs_in.emplace_back("settings");
    if (a.state != b.state) diff.differs_in.emplace_back("state");
    const bool steps_differ = std::ranges::any_of(
        diff.steps, [](const StepDiff& step) { return !step.a || !step.b || !step.differs_in.empty(); });
    if (steps_differ) diff.differs_in.emplace_back("steps");
    diff.a = std::move(a);
    diff.b = std::move(b);
    return diff;
}

}  // namespace boternity::core
