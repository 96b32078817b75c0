#pragma once

#include "core/ports/run_journal.hpp"
#include "core/ports/tool.hpp"
#include "core/runs/live_runs.hpp"
#include "core/runs/run_input.hpp"

#include <expected>
#include <memory>
#include <vector>

namespace boternity::core {

/// What a call changes in the platform. It is committed together with the call's step: both or neither.
struct Effects {
    std::vector<AgentBegin> agents{};
    std::vector<AgentMessage> sent{};
    std::vector<int> taken{};  ///< positions of messages to this run
    std::vector<WorkspaceEntry> written{};
    std::vector<RunId> cancelled{};  ///< agents to be stopped once this is durable
};

/// What such a tool answers.
struct RuntimeAnswer {
    ToolOutput output{};
    Effects effects{};
};

/// What a tool sees of the run that calls it. On the run's strand only.
struct CallingRun {
    const RunInput* input = nullptr;  ///< with the steps as they are; outlives the call
    std::shared_ptr<LiveRun> live{};
};

/// A tool that works on the runs themselves: it reads what it needs, answers what shall change, and changes
/// nothing itself. So it may always be called again after a crash. Those of one answer of the model are
/// called one after the other.
///
/// Lifetime, threads and cancellation as Tool.
class RuntimeTool {
public:
    virtual ~RuntimeTool() = default;
    virtual const ToolCard& card() const noexcept = 0;
    virtual Task<std::expected<RuntimeAnswer, ToolError>> call(CallingRun run, ToolInvocation invocation,
                                                               CallContext context) = 0;

    /// Whether a call asks a person: its step goes on with the answer to the decision of that question.
    virtual bool asks_person() const noexcept { return false; }
};

}  // namespace boternity::core
