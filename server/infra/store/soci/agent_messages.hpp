#pragma once

#include "core/ports/run_journal.hpp"
#include "infra/store/soci/transactions.hpp"

#include <vector>

namespace boternity::infra::store {

/// Adds a message behind those to the same run. RateLimited when too many of kind Text wait there.
Status add_agent_message(Change change, const core::AgentMessage& message);

/// Says that a step took a message of its run.
void take_agent_message(Change change, RunId run, const core::Taken& taken);

/// What no step has taken yet, in order.
std::vector<core::AgentMessage> load_inbox(Change change, RunId run);

}  // namespace boternity::infra::store
