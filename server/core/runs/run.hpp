#pragma once

#include "core/bots/bot.hpp"
#include "core/sessions/session.hpp"
#include "types/error.hpp"
#include "types/id.hpp"
#include "types/time.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace boternity::core {

/// What a model call used, in tokens. One scale for all providers, however they count.
struct Usage {
    int input_tokens = 0;        ///< all that was read, from a cache or not
    int cache_read_tokens = 0;   ///< the part of input_tokens read from a cache
    int cache_write_tokens = 0;  ///< the part of input_tokens written to a cache
    int output_tokens = 0;       ///< all that was written, reasoning included
    int reasoning_tokens = 0;    ///< the part of output_tokens that is reasoning, where the provider tells
    bool estimated = false;      ///< counted by us, because the provider reported none
    bool operator==(const Usage&) const = default;
};

enum class StopReason { Stop, Length, ToolCalls, Refused, Cancelled };

enum class RunKind {
    Turn,   ///< answers a person's message
    Agent,  ///< does a task that another run gave it
    Fork    ///< does a turn again from one of its steps on, beside the conversation
};
enum class RunState { Queued, Running, Waiting, Completed, Failed, Cancelled };

constexpr bool has_ended(RunState state) noexcept {
    return state == RunState::Completed || state == RunState::Failed || state == RunState::Cancelled;
}

/// How much of the conversation did not fit the model's window.
struct ContextCut {
    int dropped_messages = 0;
    int kept_messages = 0;
    int window_tokens = 0;
    bool operator==(const ContextCut&) const = default;
};

/// Why a run failed, as it is kept and shown.
struct RunError {
    ErrorCode code = ErrorCode::Internal;
    std::string message{};
    std::optional<std::chrono::milliseconds>
        retry_after{};  ///< when it is worth trying again, if that was said
    bool operator==(const RunError&) const = default;
};

/// The deepest run of a tree; its root has depth 0.
inline constexpr int kDeepestRun = 3;

/// What an agent was spawned with. Its model, tools and limits are the run's own.
struct AgentBrief {
    std::string name{};          ///< what its parent calls it; unique among the parent's agents
    std::string task{};          ///< what it is asked
    std::string instructions{};  ///< its system prompt; empty: the usual one
    bool workspace = false;      ///< whether it shares the workspace of its tree
    bool operator==(const AgentBrief&) const = default;
};

/// Where a run was forked from: up to and with that step the journals are the same, except that what others
/// were told of the copied steps is not told again (their sequences are 0).
struct ForkPoint {
    RunId run{};
    int step = 0;
    std::string message{};  ///< answered instead of the turn's; empty: that is answered
    bool operator==(const ForkPoint&) const = default;
};

/// One unit of a bot's work and the head of its journal. The inputs that decide the prompt (soul version,
/// model, settings, input message) are fixed when the run begins, so that a replay composes the same bytes.
struct Run {
    RunId id{};
    std::optional<RunId> parent{};
    RunId root{};
    int depth = 0;  ///< root 0, deepest kDeepestRun
    BotId bot{};
    SessionId session{};  ///< of an agent: its root's
    RunKind kind = RunKind::Turn;
    RunState state = RunState::Queued;
    std::string model{};
    int soul_version = 1;
    BotSettings settings{};
    std::optional<AgentBrief> brief{};  ///< of agents only
    std::optional<ForkPoint> forked_from{};
    int attempt = 1;
    int crashes = 0;  ///< how often in a row the process ended under it before it got a step further
    std::optional<MessageId> input_message{};  ///< of turns and forks
    /// Of the input message; history is what stands before it; given by the store. 0 of agents.
    int input_position = 0;
    std::optional<MessageId> output_message{};
    Usage usage{};
    std::optional<StopReason> stop_reason{};
    std::optional<ContextCut> context_cut{};
    std::optional<RunError> error{};
    Timestamp created_at{};
    Timestamp moved_at{};  ///< when its journal last changed
    std::optional<Timestamp> started_at{};
    std::optional<Timestamp> ended_at{};
    bool operator==(const Run&) const = default;
};

/// How many of a run's first steps are copies. They were paid by the run that did them.
constexpr int copied_steps(const Run& run) noexcept {
    return run.forked_from ? run.forked_from->step : 0;
}

std::string_view name_of(StopReason reason) noexcept;
std::string_view name_of(RunKind kind) noexcept;
std::string_view name_of(RunState state) noexcept;
std::optional<StopReason> stop_reason_from(std::string_view name) noexcept;
std::optional<RunKind> run_kind_from(std::string_view name) noexcept;
std::optional<RunState> run_state_from(std::string_view name) noexcept;
std::optional<ErrorCode> error_code_from(std::string_view name) noexcept;

}  // namespace boternity::core
