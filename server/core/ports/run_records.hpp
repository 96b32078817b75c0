#pragma once

#include "core/runs/run_input.hpp"
#include "core/runtime/task.hpp"
#include "types/page.hpp"
#include "types/result.hpp"

#include <cstddef>
#include <optional>
#include <vector>

namespace boternity::core {

/// Which runs are wanted; what is not set is not looked at.
struct RunFilter {
    std::optional<BotId> bot{};
    std::optional<SessionId> session{};
    std::optional<RunState> state{};
    std::optional<RunKind> kind{};
    bool under_way = false;  ///< queued or running; a state says more, and is not set then
};

/// The journal as it is read.
///
/// Threads and errors as BotStore.
class RunRecords {
public:
    virtual ~RunRecords() = default;

    virtual Task<Result<Run>> find(RunId id) = 0;
    virtual Task<Result<Page<Run>>> list(RunFilter filter, PageRequest page) = 0;

    /// The run and all below it, parents before their agents, else oldest first.
    virtual Task<Result<std::vector<Run>>> tree(RunId run) = 0;
    virtual Task<Result<std::vector<Step>>> steps(RunId run) = 0;

    /// What was written to the run and no step of it has taken yet, in order.
    virtual Task<Result<std::vector<AgentMessage>>> inbox(RunId run) = 0;

    /// `history_bytes` bounds the text of the history.
    virtual Task<Result<RunInput>> input(RunId run, std::size_t history_bytes) = 0;
};

}  // namespace boternity::core
