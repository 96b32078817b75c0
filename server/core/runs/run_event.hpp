#pragma once

#include "core/runs/run.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace boternity::core {

/// A run taken up again numbers its events from this multiple of its attempt on, so that no number is ever
/// given twice although deltas are not journaled one by one.
inline constexpr std::uint32_t kSequencesPerAttempt = 1'000'000;

/// The first sequence number of an attempt: 1, then 1,000,000, 2,000,000 and so on.
constexpr std::uint32_t first_sequence(int attempt) noexcept {
    return attempt <= 1 ? 1 : static_cast<std::uint32_t>(attempt - 1) * kSequencesPerAttempt;
}

struct RunStarted {
    int attempt = 1;
    BotId bot{};
    SessionId session{};
    std::string model{};
    int soul_version = 1;
    MessageId input_message{};
    bool operator==(const RunStarted&) const = default;
};

struct RunDelta {
    std::string text{};
    bool operator==(const RunDelta&) const = default;
};

/// The last event of every run.
struct RunFinished {
    RunState state = RunState::Completed;
    std::optional<Message> message{};  ///< what was said, if anything
    Usage usage{};
    std::optional<StopReason> stop_reason{};
    std::optional<RunError> error{};
    bool operator==(const RunFinished&) const = default;
};

/// What a client is told of a run.
struct RunEvent {
    RunId run{};
    std::uint32_t sequence = 0;
    std::variant<RunStarted, ContextCut, RunDelta, RunFinished> what{};
    bool operator==(const RunEvent&) const = default;
};

/// The events of a run that has ended, read back from its journal: the same events with the same numbers as
/// its last attempt sent live. `message` is the run's output message, if it has one.
std::vector<RunEvent> events_from_journal(const Run& run, const std::vector<Step>& steps,
                                          const std::optional<Message>& message);

}  // namespace boternity::core
