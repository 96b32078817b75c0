#include "core/agents/replay.hpp"

#include "core/agents/conversation.hpp"
#include "core/agents/prompt.hpp"
#include "core/agents/tool_rules.hpp"

#include <fmt/format.h>

#include <utility>
#include <variant>

namespace boternity::core {
namespace {

std::string name_of_action(const NextAction& action) {
    struct Name {
        std::string operator()(const AskModel&) const { return "model_call"; }
        std::string operator()(const IntendCalls&) const { return "tool_call"; }
        std::string operator()(const SettleCalls&) const { return "tool_call"; }
        std::string operator()(const AwaitAgents&) const { return "wait"; }
        std::string operator()(const Conclude&) const { return "message_sent"; }
        std::string operator()(const GiveUp& over) const { return "the end: " + over.error.message; }
    };
    return std::visit(Name{}, action);
}

/// A replay under way: `played` is what has been done again so far.
class Replay {
public:
    Replay(const RunInput& input, const Toolbox& tools, const RunLimits& limits)
        : journal_(input.steps), tools_(tools), limits_(limits), played_(input) {
        played_.steps.clear();
    }

    ReplayReport run(const std::string& said) {
        for (const Step& step : journal_) {
            if (auto difference = play(step)) {
                report_.difference = std::move(difference);
                return report_;
            }
            played_.steps.push_back(step);
            ++report_.steps;
        }
        report_.difference = end(said);
        return report_;
    }

private:
    using Difference = std::optional<ReplayDifference>;

    static Difference differs(const Step& step, std::string what, std::string journaled,
                              std::string replayed) {
        return ReplayDifference{step.position, std::move(what), std::move(journaled), std::move(replayed)};
    }

    Difference play(const Step& step) {
        const Run& run = played_.run;
        // A copied step is the original's, whose soul and model may have been others.
        if (step.position <= copied_steps(run)) return std::nullopt;
        // What people decided comes from outside.
        if (step.kind() == StepKind::Decision || sent_before(run, step)) return std::nullopt;
        if (!calls_.empty()) return play_call(step);
        NextAction next = next_action(run, played_.steps, limits_);
        if (auto* wanted = std::get_if<IntendCalls>(&next)) {
            calls_ = std::move(wanted->calls);
            return play_call(step);
        }
        if (std::holds_alternative<AskModel>(next)) {
            // What others wrote comes from outside too, in the place of the next call.
            if (step.kind() == StepKind::Wait) return std::nullopt;
            if (step.kind() == StepKind::ModelCall) return play_model(step);
        } else if (std::holds_alternative<AwaitAgents>(next) && step.kind() == StepKind::Wait) {
            return std::nullopt;
        } else if (std::holds_alternative<Conclude>(next) && step.kind() == StepKind::MessageSent) {
            return std::nullopt;
        } else if (std::holds_alternative<GiveUp>(next) && step.kind() == StepKind::MessageSent) {
            return std::nullopt;  // what had been said by then
        }
        return differs(step, "kind", std::string(name_of(step.kind())), name_of_action(next));
    }

    Difference play_call(const Step& step) {
        const ToolCall call = std::move(calls_.front());
        calls_.erase(calls_.begin());
        const auto* input = std::get_if<ToolInput>(&step.input);
        if (input == nullptr) return differs(step, "kind", std::string(name_of(step.kind())), "tool_call");
        const ToolInput again = input_of(call, tools_.find(call.name, played_.run.settings.tools));
        if (again.call != input->call) return differs(step, "call", input->call, again.call);
        if (again.tool != input->tool) return differs(step, "tool", input->tool, again.tool);
        if (again.arguments != input->arguments)
            return differs(step, "arguments", input->arguments, again.arguments);
        if (const auto* output = std::get_if<ToolOutput>(&step.output)) {
            const int times = times_in_a_row(played_.steps, *input, *output);
            const int told = times >= kTellRepeats ? times : 0;
            if (told != output->repeated)
                return differs(step, "repeated", std::to_string(output->repeated), std::to_string(told));
        }
        return std::nullopt;
    }

    Difference play_model(const Step& step) const {
        const auto& input = std::get<ModelInput>(step.input);
        if (input.request_hash.empty()) return std::nullopt;  // it failed before it was asked
        const auto messages = compose(played_, static_cast<std::size_t>(input.dropped));
        std::vector<std::string> names;
        for (const auto& offer : played_.offers) names.push_back(offer.name);
        if (std::cmp_not_equal(messages.size(), input.messages))
            return differs(step, "messages", std::to_string(input.messages), std::to_string(messages.size()));
        const auto hash = request_hash(messages, names, input.max_output_tokens);
        if (hash != input.request_hash) return differs(step, "request_hash", input.request_hash, hash);
        return std::nullopt;
    }

    Difference end(const std::string& said) const {
        const Run& run = played_.run;
        const auto whole = [](std::string what, std::string journaled, std::string replayed) {
            return ReplayDifference{0, std::move(what), std::move(journaled), std::move(replayed)};
        };
        if (!calls_.empty() && run.state == RunState::Completed)
            return whole("steps", "none any more", "tool_call " + calls_.front().name);
        const Usage used = usage_of(run, played_.steps);
        if (used != run.usage) {
            return whole("usage",
                         fmt::format("{} in, {} out", run.usage.input_tokens, run.usage.output_tokens),
                         fmt::format("{} in, {} out", used.input_tokens, used.output_tokens));
        }
        if (run.kind != RunKind::Agent && said_in(played_.steps) != said)
            return whole("message", said, said_in(played_.steps));
        return std::nullopt;
    }

    const std::vector<Step>& journal_;
    const Toolbox& tools_;
    RunLimits limits_;
    RunInput played_;
    std::vector<ToolCall> calls_{};  ///< of the last answer, that no step has stood for yet
    ReplayReport report_{};
};

}  // namespace

ReplayReport replay(const RunInput& input, const std::string& said, const Toolbox& tools,
                    const RunLimits& limits) {
    return Replay(input, tools, limits_of(input.run, limits)).run(said);
}

}  // namespace boternity::core
