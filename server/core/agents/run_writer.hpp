#pragma once

#include "core/agents/run_execution.hpp"
#include "core/agents/run_ports.hpp"
#include "core/agents/runtime_tool.hpp"
#include "core/runs/live_runs.hpp"
#include "core/runtime/turnstile.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <vector>

namespace boternity::core {

/// Writes a run's steps, one commit after the other, and tells of each what is to be told once it is durable.
/// A store that fails for a while (a full disk) is asked again: what was done is not thrown away.
///
/// Lifetime  of the run's execution. On its strand only.
class RunWriter {
public:
    /// `steps` are those that have been written so far.
    RunWriter(RunPorts ports, RunHost* host, std::shared_ptr<LiveRun> live, const std::vector<Step>& steps,
              std::stop_token shutdown);

    /// Writes the steps as they are, with the effects that the first of them had. Errors of
    /// RunJournal::append that stay: WrongState, NotFound, StaleEtag, RateLimited; any error once the server
    /// stops.
    Task<Status> put(std::vector<Step> written, std::optional<RunState> state = {}, Effects effects = {});

    /// Writes the end and tells it. Errors as `put`.
    Task<Status> end(RunEnd ended);

private:
    /// What is known of a step that has been written.
    struct Known {
        StepState state = StepState::Intended;
        int attempt = 0;  ///< 0: it has not been written
        std::uint32_t sequence = 0;
        std::uint32_t ended_sequence = 0;
    };

    const Known& known(const Step& step) const noexcept;
    bool begins(const Step& step) const noexcept;
    bool ends(const Step& step) const noexcept;
    /// Gives the steps' events their numbers: one after the other, a beginning before its end.
    void number(std::vector<Step>& written) const;
    Events events_of(const std::vector<Step>& written) const;
    RunAppend append_of(std::vector<Step> written, std::optional<RunState> state,
                        const Effects& effects) const;
    /// Tells what has been written, and knows it from now on.
    void tell(const std::vector<Step>& written);
    template <class T, class Call>
    Task<Result<T>> insist(Call call);

    RunPorts ports_;
    RunHost* host_;
    std::shared_ptr<LiveRun> live_;
    std::stop_token shutdown_;
    Turnstile turnstile_;
    std::vector<Known> known_;  // by position
};

}  // namespace boternity::core
