#pragma once

#include "core/runs/run.hpp"
#include "core/runs/step.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace boternity::core {

/// A run taken up again numbers its events from this multiple of its attempt on, so that no number is ever
/// given twice although deltas are not journaled one by one.
inline constexpr std::uint32_t kSequencesPerAttempt = 1'000'000;

/// A run is not taken up more often: the sequence numbers of the attempt after it, which only ends it, are
/// the last there are.
inline constexpr int kMostAttempts = 4294;

/// The first sequence number of an attempt: 1, then 1,000,000, 2,000,000 and so on.
constexpr std::uint32_t first_sequence(int attempt) noexcept {
    if (attempt <= 1) return 1;
    const auto before = static_cast<std::uint32_t>(attempt <= kMostAttempts ? attempt - 1 : kMostAttempts);
    return before * kSequencesPerAttempt;
}

struct RunStarted {
    int attempt = 1;
    BotId bot{};
    SessionId session{};
    std::string model{};
    int soul_version = 1;
    std::optional<MessageId> input_message{};
    /// How many steps of earlier attempts count. What was said in a later one of them does not.
    int steps = 0;
    bool operator==(const RunStarted&) const = default;
};

struct RunDelta {
    std::string text{};
    bool operator==(const RunDelta&) const = default;
};

/// A step other than a model call begins: its intention is durable.
struct StepBegan {
    int position = 0;
    StepKind kind = StepKind::ToolCall;
    std::string name{};       ///< of the tool
    std::string arguments{};  ///< the beginning of them
    std::string question{};   ///< of a decision
    std::vector<std::string> options{};
    bool operator==(const StepBegan&) const = default;
};

/// Such a step has ended: its outcome is durable.
struct StepEnded {
    int position = 0;
    StepKind kind = StepKind::ToolCall;
    bool failed = false;
    std::string text{};  ///< the beginning of what it came to
    std::optional<RunId> agent{};
    bool operator==(const StepEnded&) const = default;
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
    std::variant<RunStarted, ContextCut, RunDelta, StepBegan, StepEnded, RunFinished> what{};
    bool operator==(const RunEvent&) const = default;
};

/// What is told when an attempt begins; how many steps count is not filled in.
RunStarted started_of(const Run& run, int attempt);

/// What is told of a step; texts are cut to a few kilobytes.
StepBegan began(const Step& step);
StepEnded ended(const Step& step);

/// Whether a step is told of by StepBegan and StepEnded.
constexpr bool is_told(StepKind kind) noexcept {
    return kind == StepKind::ToolCall || kind == StepKind::Wait || kind == StepKind::Decision;
}

/// What a fork that has ended came to: a message without an id, which no session has. Nothing of other runs,
/// and of one that said nothing.
std::optional<Message> answer_of_fork(const Run& run, const std::vector<Step>& steps);

/// The events of a run that has ended, read back from its journal: the same events with the same numbers as
/// they had when they were sent live. `message` is what the run came to, if anything.
std::vector<RunEvent> events_from_journal(const Run& run, const std::vector<Step>& steps,
                                          const std::optional<Message>& message);

}  // namespace boternity::core
