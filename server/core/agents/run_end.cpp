#include "core/agents/run_end.hpp"

#include "core/agents/conversation.hpp"
#include "core/agents/next_action.hpp"
#include "core/agents/tool_rules.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace boternity::core {
namespace {

// What an agent tells its parent, at most.
constexpr std::size_t kMaxResult = 64 * 1024;

const ModelOutput* last_answer(const std::vector<Step>& steps) noexcept {
    for (auto step = steps.rbegin(); step != steps.rend(); ++step)
        if (const auto* output = std::get_if<ModelOutput>(&step->output)) return output;
    return nullptr;
}

void set_outcome(Run& run, const std::vector<Step>& steps, const std::optional<Error>& fault) {
    const bool cancelled = fault && fault->code == ErrorCode::Cancelled;
    run.state = cancelled ? RunState::Cancelled : fault ? RunState::Failed : RunState::Completed;
    run.usage = usage_of(run, steps);
    const ModelOutput* last = last_answer(steps);
    run.stop_reason = last != nullptr ? last->stop_reason : std::nullopt;
    if (cancelled) run.stop_reason = StopReason::Cancelled;
    if (run.state == RunState::Failed) {
        run.error =
            RunError{.code = fault->code, .message = fault->message, .retry_after = fault->retry_after};
    }
}

/// Steps that are open end as the run does.
void close_open_steps(const RunInput& input, const std::optional<Error>& fault, Timestamp now,
                      std::vector<Step>& written) {
    const RunError why{.code = fault ? fault->code : ErrorCode::Internal,
                       .message = fault ? fault->message : "The run ended before this did."};
    for (const Step& step : input.steps) {
        if (step.state != StepState::Intended) continue;
        const bool known =
            std::ranges::any_of(written, [&](const Step& other) { return other.position == step.position; });
        if (known) continue;
        Step closed = step;
        closed.state = StepState::Failed;
        closed.attempt = input.run.attempt;
        closed.error = why;
        closed.ended_at = now;
        written.push_back(std::move(closed));
    }
    std::ranges::sort(written, {}, &Step::position);
}

AgentMessage result_of(const RunInput& input, const Run& run, const std::optional<Error>& fault,
                       Timestamp now) {
    AgentMessage message{.to = *run.parent,
                         .from = run.id,
                         .sender = run.brief ? run.brief->name : std::string("agent"),
                         .kind = AgentMessageKind::Result,
                         .sent_at = now};
    const ModelOutput* last = last_answer(input.steps);
    std::string text = last != nullptr ? last->text() : std::string();
    if (fault) {
        message.kind = AgentMessageKind::Failure;
        text = text.empty() ? fault->message : fmt::format("{}\nIt had said:\n{}", fault->message, text);
    } else if (text.empty()) {
        text = "(It ended without a word.)";
    }
    message.text = told_result(std::move(text), fault.has_value(), kMaxResult).text;
    return message;
}

}  // namespace

RunEnd end_of(const RunPorts& ports, const RunInput& input, std::vector<Step> unwritten,
              const std::optional<Error>& fault, Timestamp began) {
    const auto now = ports.clock.now();
    RunEnd ended{.run = input.run, .steps = std::move(unwritten)};
    Run& run = ended.run;
    set_outcome(run, input.steps, fault);
    run.started_at = began;
    run.ended_at = now;
    close_open_steps(input, fault, now, ended.steps);

    SentOutput sent;
    if (run.kind == RunKind::Turn) {
        std::string text = said_in(input.steps);
        if (run.state == RunState::Completed || !text.empty()) {
            const bool whole = run.state == RunState::Completed;
            ended.message = Message{.id = ports.ids.make<MessageId>(),
                                    .session = run.session,
                                    .run = run.id,
                                    .role = Role::Assistant,
                                    .state = whole ? MessageState::Complete : MessageState::Partial,
                                    .text = std::move(text),
                                    .created_at = now};
            run.output_message = ended.message->id;
            sent.message = ended.message->id;
        }
    } else if (run.kind == RunKind::Fork) {
        std::string text = said_in(input.steps);
        if (run.state == RunState::Completed || !text.empty()) sent.text = std::move(text);
    } else if (run.parent) {
        ended.result = result_of(input, run, fault, now);
        sent.to = run.parent;
    }
    if (sent != SentOutput{}) {
        ended.steps.push_back({.run = run.id,
                               .position = static_cast<int>(input.steps.size()) + 1,
                               .state = StepState::Done,
                               .attempt = run.attempt,
                               .input = SentInput{},
                               .output = sent,
                               .started_at = now,
                               .ended_at = now});
    }
    ended.events.push_back(RunEnded{
        .run = run.id, .session = run.session, .bot = run.bot, .root = run.root, .state = run.state});
    return ended;
}

void log_end(const RunPorts& ports, const Run& run, const std::optional<Error>& fault) {
    ports.log.write(run.state == RunState::Failed ? LogLevel::Warn : LogLevel::Info, "run_ended",
                    {{"run", run.id.text()},
                     {"state", std::string(name_of(run.state))},
                     {"model", run.model},
                     {"input_tokens", std::to_string(run.usage.input_tokens)},
                     {"output_tokens", std::to_string(run.usage.output_tokens)},
                     {"error", fault ? fault->message : ""},
                     {"detail", fault ? fault->detail : ""}});
}

}  // namespace boternity::core
