#pragma once

#include "core/agents/toolbox.hpp"
#include "core/llm/model_directory.hpp"
#include "core/llm/retry.hpp"
#include "core/ports/attachment_store.hpp"
#include "core/ports/bot_store.hpp"
#include "core/ports/clock.hpp"
#include "core/ports/ids.hpp"
#include "core/ports/log.hpp"
#include "core/ports/run_claims.hpp"
#include "core/ports/run_journal.hpp"
#include "core/ports/run_records.hpp"
#include "core/ports/session_store.hpp"
#include "core/ports/workspace_store.hpp"

#include <chrono>

namespace boternity::core {

/// What one run may use when its bot's settings do not say otherwise.
struct RunLimits {
    int steps = 32;  ///< model calls
    std::chrono::seconds time{1800};
    int tokens = 1'000'000;
    int agents = 8;                   ///< of one run, at work at the same time
    std::chrono::seconds late{3600};  ///< a run that stood still for longer is not taken up again; 0: always
    int crashes = 3;                  ///< in a row under the same step, after which it is given up
};

/// What runs need of the world. All outlive them.
struct RunPorts {
    BotStore& bots;
    SessionStore& sessions;
    RunJournal& journal;
    RunRecords& records;
    RunClaims& claims;
    WorkspaceStore& workspaces;
    Receipts& receipts;
    AttachmentStore& attachments;
    ModelDirectory& models;
    const Toolbox& tools;
    Clock& clock;
    Ids& ids;
    Log& log;
    RetryPolicy retries{};
    RunLimits limits{};
};

}  // namespace boternity::core
