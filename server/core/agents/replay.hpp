#pragma once

#include "core/agents/next_action.hpp"
#include "core/runs/run_input.hpp"

#include <optional>
#include <string>

namespace boternity::core {

/// Where a replay came to something else than the journal has.
struct ReplayDifference {
    int step = 0;        ///< its position; 0: the run as a whole
    std::string what{};  ///< e.g. "request_hash"
    std::string journaled{};
    std::string replayed{};
    bool operator==(const ReplayDifference&) const = default;
};

struct ReplayReport {
    int steps = 0;  ///< that were done again and are the same
    std::optional<ReplayDifference> difference{};
    bool operator==(const ReplayReport&) const = default;
};

/// Does a run that has ended again from its journal: what it did next is decided anew at each step, each
/// prompt is composed anew, and what models, tools and people said is taken from the journal. Nobody is
/// called and nothing is paid. `said` is the text it ended with, `input` has its offers and files. Pure.
ReplayReport replay(const RunInput& input, const std::string& said, const Toolbox& tools,
                    const RunLimits& limits);

}  // namespace boternity::core
