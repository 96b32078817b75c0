#include "core/runs/run_event.hpp"

#include <utility>

namespace boternity::core {

std::vector<RunEvent> events_from_journal(const Run& run, const std::vector<Step>& steps,
                                          const std::optional<Message>& message) {
    std::vector<RunEvent> events;
    auto next = first_sequence(run.attempt);
    const auto add = [&](decltype(RunEvent::what) what) {
        events.push_back({.run = run.id, .sequence = next++, .what = std::move(what)});
    };
    add(RunStarted{.attempt = run.attempt,
                   .bot = run.bot,
                   .session = run.session,
                   .model = run.model,
                   .soul_version = run.soul_version,
                   .input_message = run.input_message});
    if (run.context_cut) add(*run.context_cut);
    for (const auto& step : steps) {
        std::size_t at = 0;
        for (const auto length : step.output.pieces) {
            if (at + length > step.output.text.size()) break;
            add(RunDelta{step.output.text.substr(at, length)});
            at += length;
        }
    }
    if (has_ended(run.state)) {
        add(RunFinished{.state = run.state,
                        .message = message,
                        .usage = run.usage,
                        .stop_reason = run.stop_reason,
                        .error = run.error});
    }
    return events;
}

}  // namespace boternity::core
