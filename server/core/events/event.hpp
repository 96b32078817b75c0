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
};

struct BotChanged {
    BotId bot{};
};

struct BotStateChanged {
    BotId bot{};
    BotState from = BotState::Created;
    BotState to = BotState::Created;
};

struct SoulVersionMade {
    BotId bot{};
    int version = 1;
    std::string hash{};
};

struct SessionCreated {
    BotId bot{};
    SessionId session{};
};

struct RunQueued {
    RunId run{};
    SessionId session{};
    BotId bot{};
    RunId root{};
    std::optional<RunId> parent{};  ///< that spawned it
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
};

/// A run waits for a person.
struct DecisionAsked {
    RunId run{};
    SessionId session{};
    BotId bot{};
    RunId root{};
    int step = 0;
    std::string question{};
};

struct DecisionMade {
    RunId run{};
    SessionId session{};
    BotId bot{};
    RunId root{};
    int step = 0;
};

/// A run that had failed goes on.
struct RunResumed {
    RunId run{};
    SessionId session{};
    BotId bot{};
    RunId root{};
};

struct RunEnded {
    RunId run{};
    SessionId session{};
    BotId bot{};
    RunId root{};
    RunState state = RunState::Completed;
};

struct ProviderAdded {
    std::string name{};
};

/// What it has, or says of it, is another than before.
struct ProviderChanged {
    std::string name{};
};

struct ProviderRemoved {
    std::string name{};
};

/// What happened, for others to act on. An event is written to the outbox in the transaction of its change:
/// it exists exactly when the change does.
using Event = std::variant<BotCreated, BotChanged, BotStateChanged, SoulVersionMade, SessionCreated,
                           RunQueued, StepMoved, DecisionAsked, DecisionMade, RunResumed, RunEnded,
                           ProviderAdded, ProviderChanged, ProviderRemoved>;

using Events = std::vector<Event>;

}  // namespace boternity::core
