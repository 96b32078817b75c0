#pragma once

#include "cli/failure.hpp"
#include "cli/invocation.hpp"
#include "cli/output.hpp"
#include "cli/run_follower.hpp"

#include <boost/json/object.hpp>

#include <cstdint>
#include <string>

namespace boternity::cli {

/// Shows the events of a run as they come: the text on stdout, everything else as notices on stderr; with
/// --json each event as one line.
class RunView {
public:
    explicit RunView(Output& out) : out_(out) {}

    /// Printed before the first text of the answer, e.g. "ada> "; never with --json.
    void set_prefix(std::string prefix) { prefix_ = std::move(prefix); }

    /// False when nobody reads the output any more.
    bool show(const boost::json::object& event);

    /// Ends the line of the answer, if it is not ended.
    void end_line();

    /// What the last event said of a failed run.
    const Failure& run_failure() const noexcept { return run_failure_; }

private:
    void show_text(const std::string& text);
    void show_for_people(const boost::json::object& event);
    void show_step(const boost::json::object& event);

    Output& out_;
    std::string prefix_;
    Failure run_failure_{};
    bool said_ = false;  ///< something of the answer is printed
    bool at_line_end_ = true;
};

/// Follows a run from behind event `after` to its end and shows it. Interrupted, only the watching ends: the
/// run is the server's.
Answer<ExitCode> follow_run(Invocation& invocation, const std::string& run, std::uint32_t after);

/// What a run's end is for the caller of the process: nothing, the run's own failure, or that it was
/// cancelled.
Answer<ExitCode> exit_of(RunEnd end, const RunView& view);

}  // namespace boternity::cli
