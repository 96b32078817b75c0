#pragma once

#include "core/llm/content.hpp"
#include "core/runs/agent_message.hpp"
#include "core/runs/run.hpp"
#include "types/id.hpp"
#include "types/time.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace boternity::core {

/// In the order of StepInput's alternatives.
enum class StepKind { ModelCall, ToolCall, Wait, Decision, MessageSent };
enum class StepState { Intended, Done, Failed };

/// What a model was asked. The prompt itself is a pure function of the run's inputs and of the steps before,
/// so that only its hash is kept.
struct ModelInput {
    std::string model{};             ///< PROVIDER/MODEL
    int messages = 0;                ///< in the prompt; 0 until it was composed
    int dropped = 0;                 ///< of the history's messages, then of the oldest results of tools
    int max_output_tokens = 0;       ///< of this answer
    std::vector<ContextCut> cuts{};  ///< that were told, in their order
    std::string request_hash{};      ///< see request_hash
    bool operator==(const ModelInput&) const = default;
};

/// What a model said. `pieces` are the byte lengths of the texts in the order they were streamed, so that a
/// stream can be read back from the journal with the same sequence numbers.
struct ModelOutput {
    std::vector<MessagePart> parts{};  ///< TextPart, ReasoningPart and ToolCall
    std::vector<std::uint32_t> pieces{};
    std::optional<StopReason> stop_reason{};

    /// All its texts joined.
    std::string text() const;
    /// Whether there is any text, without joining.
    bool says_something() const noexcept;
    bool operator==(const ModelOutput&) const = default;
};

/// A tool as it was called, with what it declared at that time.
struct ToolInput {
    std::string call{};       ///< the call's id
    std::string tool{};       ///< its name; as the model wrote it when there is no such tool
    std::string arguments{};  ///< JSON text, as the model wrote it
    bool read_only = false;
    bool idempotent = false;
    bool operator==(const ToolInput&) const = default;
};

/// An agent as its parent knows it.
struct SpawnedAgent {
    RunId run{};
    std::string name{};
    bool operator==(const SpawnedAgent&) const = default;
};

struct ToolOutput {
    std::string text{};     ///< as the model is told it
    bool failed = false;    ///< told as a failure
    std::size_t bytes = 0;  ///< of the whole result, of which `text` may be a part
    int repeated = 0;       ///< the same call gave the same result so often in a row; 0 while it is no matter
    std::optional<SpawnedAgent> agent{};  ///< that it spawned
    std::vector<RunId> heard{};           ///< agents whose last message it took
    bool operator==(const ToolOutput&) const = default;
};

/// The run stood still until somebody wrote to it.
struct WaitInput {
    bool operator==(const WaitInput&) const = default;
};

struct WaitOutput {
    std::vector<AgentMessage> received{};
    bool operator==(const WaitOutput&) const = default;
};

/// Something that only a person can decide.
struct DecisionInput {
    std::string question{};
    std::vector<std::string> options{};  ///< empty: any text
    /// The step that it is about and that goes on with the answer, or 0.
    int about = 0;
    /// Names exactly what is decided on: an answer given for something else does not count.
    std::string hash{};
    std::optional<Timestamp> expires_at{};
    bool operator==(const DecisionInput&) const = default;
};

struct DecisionOutput {
    std::string answer{};
    std::string by{};
    bool operator==(const DecisionOutput&) const = default;
};

/// What the run came to was given to whoever asked for it.
struct SentInput {
    bool operator==(const SentInput&) const = default;
};

struct SentOutput {
    std::optional<MessageId> message{};  ///< into the session
    std::optional<RunId> to{};           ///< to the run that spawned this one
    std::optional<std::string> text{};   ///< of a fork: to nobody, so that it is kept here
    bool operator==(const SentOutput&) const = default;
};

using StepInput = std::variant<ModelInput, ToolInput, WaitInput, DecisionInput, SentInput>;
using StepOutput =
    std::variant<std::monostate, ModelOutput, ToolOutput, WaitOutput, DecisionOutput, SentOutput>;

/// One entry of a run's journal: written as intended before it acts, as done or failed after.
struct Step {
    RunId run{};
    int position = 1;  ///< 1, 2, 3 and so on
    StepState state = StepState::Intended;
    int attempt = 1;                   ///< of the run when it was written last
    std::uint32_t sequence = 0;        ///< of its first event; 0 before there was one
    std::uint32_t ended_sequence = 0;  ///< of the event of its end; 0 when there is none
    StepInput input{};
    StepOutput output{};  ///< monostate until it is done
    Usage usage{};
    std::optional<RunError> error{};
    Timestamp started_at{};
    std::optional<Timestamp> ended_at{};

    StepKind kind() const noexcept { return static_cast<StepKind>(input.index()); }
    bool operator==(const Step&) const = default;
};

std::string_view name_of(StepKind kind) noexcept;
std::string_view name_of(StepState state) noexcept;
std::optional<StepKind> step_kind_from(std::string_view name) noexcept;
std::optional<StepState> step_state_from(std::string_view name) noexcept;

}  // namespace boternity::core
