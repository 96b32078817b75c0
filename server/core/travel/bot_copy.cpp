#include "core/travel/bot_copy.hpp"

#include <cstdint>
#include <unordered_map>
#include <unordered_set>
#include <utility>

namespace boternity::core {

std::size_t content_bytes(const BotCopy& copy) noexcept {
    std::size_t bytes = copy.bot.description.size();
    for (const Soul& soul : copy.souls) bytes += soul.text.size();
    for (const SessionCopy& session : copy.sessions) {
        for (const Message& message : session.messages) bytes += message.text.size();
    }
    for (const auto& [hash, file] : copy.files) bytes += file.size();
    return bytes;
}

Step step_of(const Run& run, const Message* answer) {
    Step step{.run = run.id,
              .state = run.state == RunState::Failed ? StepState::Failed : StepState::Done,
              .attempt = run.attempt,
              .sequence = 2,
              .input = ModelInput{.model = run.model},
              .usage = run.usage,
              .error = run.error,
              .started_at = run.started_at.value_or(run.created_at),
              .ended_at = run.ended_at};
    ModelOutput output{.stop_reason = run.stop_reason};
    if (answer != nullptr && !answer->text.empty()) {
        output.parts.emplace_back(TextPart{.text = answer->text});
        output.pieces = {static_cast<std::uint32_t>(answer->text.size())};
    }
    step.output = std::move(output);
    return step;
}

bool number_messages(SessionCopy& session) {
    std::unordered_map<MessageId, const Message*> messages;
    std::unordered_set<RunId> runs;
    for (const Run& run : session.runs) runs.insert(run.id);
    int position = 0;
    for (Message& message : session.messages) {
        message.session = session.session.id;
        message.position = ++position;
        if (!runs.contains(message.run) || !messages.emplace(message.id, &message).second) return false;
    }
    session.session.message_count = position;
    std::unordered_set<MessageId> named;
    for (Run& run : session.runs) {
        run.session = session.session.id;
        if (!run.input_message) return false;
        const auto input = messages.find(*run.input_message);
        if (input == messages.end() || input->second->run != run.id || input->second->role != Role::User)
            return false;
        run.input_position = input->second->position;
        named.insert(*run.input_message);
        if (!run.output_message) continue;
        const auto output = messages.find(*run.output_message);
        if (output == messages.end() || output->second->run != run.id ||
            output->second->role != Role::Assistant || output->second->position < run.input_position)
            return false;
        named.insert(*run.output_message);
    }
    return runs.size() == session.runs.size() && named.size() == messages.size();
}

}  // namespace boternity::core
