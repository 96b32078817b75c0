#pragma once

#include "core/agents/run_ports.hpp"
#include "core/agents/runtime_tool.hpp"

#include <memory>
#include <string_view>
#include <vector>

namespace boternity::core {

/// agent.spawn, agent.send, agent.wait and agent.cancel: how a run gives work away and hears of it.
///
/// An agent is a child run with a depth of its parent's + 1. It has no more rights than its parent and at
/// most `limits.agents` of a parent are at work at a time. Refusals are told to the model. `models`,
/// `records`, `clock` and `ids` outlive the tools.
struct AgentToolPorts {
    ModelDirectory& models;
    RunRecords& records;
    Clock& clock;
    Ids& ids;
    RunLimits limits{};
};
std::vector<std::shared_ptr<RuntimeTool>> agent_tools(AgentToolPorts ports, const Toolbox& tools);

/// What the model has to know to decide on asking a person: the question waits for days if need be.
std::shared_ptr<RuntimeTool> ask_person_tool();

}  // namespace boternity::core
