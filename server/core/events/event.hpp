#pragma once

#include "core/bots/bot.hpp"
#include "core/runs/run.hpp"
#include "core/runs/step.hpp"

#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace boternity::core {

struct BotCreated {
    BotId bot{};
    std::string slug{};
    bool operator==(const BotCreated&) const = default;
};

struct BotChanged {
    BotId bot{};
    bool operator==(const BotChanged&) const = default;
};

struct BotStateChanged {
    BotId bot{};
    BotState from = BotState::Created;
    BotState to = BotState::Created;
    bool operator==(const BotStateChanged&) const = default;
};

struct SoulVersionMade {
    BotId bot{};
    int version = 1;
    std::string hash{};
    bool operator==(const SoulVersionMade&) const = default;
};

struct SessionCreated {
    BotId bot{};
    SessionId session{};
    bool operator==(const SessionCreated&) const = default;
};

struct RunQueued {
    RunId run{};
    SessionId session{};
    BotId bot{};
    RunId root{};
    std::optional<RunId> parent{};  ///< that spawned it
    bool operator==(const RunQueued&) const = default;
};

/// A step was written: as intended, done or failed.
struct StepMoved {
    RunId run{};
    SessionId session{};
    BotId bot{};
    RunId root{};
    int position = 0;
    StepKind kind = StepKind::ModelCall;
    StepState state = StepState::Intended;
    std::string name{};  ///< of the model or the tool
    bool operator==(const StepMoved&) const = default;
};

/// A run waits for a person.
struct DecisionAsked {
    RunId run{};
    SessionId session{};
    BotId bot{};
    RunId root{};
    int step = 0;
    std::string question{};
    bool operator==(const DecisionAsked&) const = default;
};

struct DecisionMade {
    RunId run{};
    SessionId session{};
    BotId bot{};
    RunId root{};
    int step = 0;
    bool operator==(const DecisionMade&) const = default;
};

/// A run that had failed goes on.
struct RunResumed {
    RunId run{};
    SessionId session{};
    BotId bot{};
    RunId root{};
    bool operator==(const RunResumed&) const = default;
};

struct RunEnded {
    RunId run{};
    SessionId session{};
    BotId bot{};
    RunId root{};
    RunState state = RunState::Completed;
    bool operator==(const RunEnded&) const = default;
};

struct ProviderAdded {
    std::string name{};
    bool operator==(const ProviderAdded&) const = default;
};

/// What it has, or says of it, is another than before.
struct ProviderChanged {
    std::string name{};
    bool operator==(const ProviderChanged&) const = default;
};

struct ProviderRemoved {
    std::string name{};
    bool operator==(const ProviderRemoved&) const = default;
};

/// What happened, for others to act on. An event is written to the outbox in the transaction of its change:
/// it exists exactly when the change does.
using Event = std::variant<BotCreated, BotChanged, BotStateChanged, SoulVersionMade, SessionCreated,
                           RunQueued, StepMoved, DecisionAsked, DecisionMade, RunResumed, RunEnded,
                           ProviderAdded, ProviderChanged, ProviderRemoved>;

using Events = std::vector<Event>;

}  // namespace boternity::core
