#pragma once

#include "core/bots/bot.hpp"
#include "core/runs/run.hpp"

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
};

struct RunEnded {
    RunId run{};
    SessionId session{};
    BotId bot{};
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
                           RunQueued, RunEnded, ProviderAdded, ProviderChanged, ProviderRemoved>;

using Events = std::vector<Event>;

}  // namespace boternity::core
