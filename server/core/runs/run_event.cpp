#include "core/runs/run_event.hpp"

#include "core/text/cut_text.hpp"

#include <algorithm>
#include <set>
#include <string_view>
#include <utility>

namespace boternity::core {
namespace {

constexpr std::size_t kMaxTold = 4096;

std::string told_of(std::string_view text) {
    return std::string(beginning_of(text, kMaxTold));
}

struct TextOf {
    std::string operator()(const ToolOutput& output) const { return told_of(output.text); }
    std::string operator()(const DecisionOutput& output) const { return told_of(output.answer); }
    std::string operator()(const WaitOutput& output) const {
        std::string senders;
        for (const auto& message : output.received) {
            if (!senders.empty()) senders += ", ";
            senders += message.sender;
        }
        return told_of(senders);
    }
    template <class Other>
    std::string operator()(const Other&) const {
        return {};
    }
};

class Rebuilt {
public:
    explicit Rebuilt(RunId run) : run_(run) {}

    void add(std::uint32_t sequence, decltype(RunEvent::what) what) {
        events_.push_back({.run = run_, .sequence = sequence, .what = std::move(what)});
        last_ = std::max(last_, sequence);
    }
    void add_last(decltype(RunEvent::what) what) { add(last_ + 1, std::move(what)); }

    std::vector<RunEvent> take() && {
        std::ranges::sort(events_, {}, &RunEvent::sequence);
        return std::move(events_);
    }

private:
    RunId run_;
    std::vector<RunEvent> events_;
    std::uint32_t last_ = 0;
};

void add_model_call(Rebuilt& events, const Step& step, const ModelInput& input) {
    auto next = step.sequence;
    for (const auto& cut : input.cuts) events.add(next++, cut);
    const auto* output = std::get_if<ModelOutput>(&step.output);
    if (output == nullptr) return;
    const std::string text = output->text();
    std::size_t at = 0;
    for (const auto length : output->pieces) {
        if (at + length > text.size()) break;
        events.add(next++, RunDelta{text.substr(at, length)});
        at += length;
    }
}

void add_starts(Rebuilt& events, const Run& run, const std::vector<Step>& steps) {
    std::set<int> attempts{run.attempt};
    for (const auto& step : steps) attempts.insert(step.attempt);
    for (const int attempt : attempts) {
        RunStarted started = started_of(run, attempt);
        started.steps = static_cast<int>(std::ranges::count_if(steps, [&](const Step& step) {
            return step.attempt < attempt && step.state != StepState::Intended;
        }));
        events.add(first_sequence(attempt), std::move(started));
    }
}

}  // namespace

RunStarted started_of(const Run& run, int attempt) {
    return {.attempt = attempt,
            .bot = run.bot,
            .session = run.session,
            .model = run.model,
            .soul_version = run.soul_version,
            .input_message = run.input_message};
}

StepBegan began(const Step& step) {
    StepBegan told{.position = step.position, .kind = step.kind()};
    if (const auto* tool = std::get_if<ToolInput>(&step.input)) {
        told.name = tool->tool;
        told.arguments = told_of(tool->arguments);
    } else if (const auto* decision = std::get_if<DecisionInput>(&step.input)) {
        told.question = told_of(decision->question);
        told.options = decision->options;
    }
    return told;
}

StepEnded ended(const Step& step) {
    StepEnded told{.position = step.position,
                   .kind = step.kind(),
                   .failed = step.state == StepState::Failed,
                   .text = std::visit(TextOf{}, step.output)};
    if (const auto* tool = std::get_if<ToolOutput>(&step.output)) {
        told.failed = told.failed || tool->failed;
        if (tool->agent) told.agent = tool->agent->run;
    }
    if (told.text.empty() && step.error) told.text = told_of(step.error->message);
    return told;
}

std::optional<Message> answer_of_fork(const Run& run, const std::vector<Step>& steps) {
    if (run.kind != RunKind::Fork) return std::nullopt;
    for (auto step = steps.rbegin(); step != steps.rend() && step->position > copied_steps(run); ++step) {
        const auto* sent = std::get_if<SentOutput>(&step->output);
        if (sent == nullptr || !sent->text) continue;
        const bool whole = run.state == RunState::Completed;
        return Message{.session = run.session,
                       .run = run.id,
                       .role = Role::Assistant,
                       .state = whole ? MessageState::Complete : MessageState::Partial,
                       .text = *sent->text,
                       .created_at = run.ended_at.value_or(Timestamp{})};
    }
    return std::nullopt;
}

std::vector<RunEvent> events_from_journal(const Run& run, const std::vector<Step>& steps,
                                          const std::optional<Message>& message) {
    Rebuilt events(run.id);
    add_starts(events, run, steps);
    for (const auto& step : steps) {
        if (const auto* input = std::get_if<ModelInput>(&step.input)) {
            if (step.sequence != 0) add_model_call(events, step, *input);
        } else if (is_told(step.kind())) {
            if (step.sequence != 0) events.add(step.sequence, began(step));
            if (step.ended_sequence != 0) events.add(step.ended_sequence, ended(step));
        }
    }
    if (has_ended(run.state)) {
        events.add_last(RunFinished{.state = run.state,
                                    .message = message,
                                    .usage = run.usage,
                                    .stop_reason = run.stop_reason,
                                    .error = run.error});
    }
    return std::move(events).take();
}

}  // namespace boternity::core
