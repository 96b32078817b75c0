#include "core/agents/run_execution.hpp"

#include "core/agents/model_call.hpp"
#include "core/agents/next_action.hpp"
#include "core/agents/prompt.hpp"
#include "core/agents/run_end.hpp"
#include "core/agents/run_writer.hpp"
#include "core/agents/tool_calls.hpp"
#include "core/agents/tool_rules.hpp"
#include "core/runtime/either_stop.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <exception>
#include <expected>
#include <utility>
#include <variant>

namespace boternity::core {
namespace {

Error cancelled() {
    return {.code = ErrorCode::Cancelled, .message = "The run was cancelled."};
}

/// Why a run that is taken up shall not go on, if so.
std::optional<Error> unfit(const RunPorts& ports, const Run& run) {
    if (run.crashes >= ports.limits.crashes) {
        return Error{.code = ErrorCode::Internal,
                     .message =
                         fmt::format("The server ended {} times in a row while this run was under way, so "
                                     "it was given up; look into the server's log, then resume it.",
                                     run.crashes)};
    }
    if (run.attempt > kMostAttempts) {
        return Error{.code = ErrorCode::Internal,
                     .message =
                         fmt::format("The run has been taken up {} times, which is the most, so it was "
                                     "given up; fork it to go on.",
                                     run.attempt - 1)};
    }
    const std::chrono::microseconds stood(ports.clock.now().micros - run.moved_at.micros);
    const bool late = ports.limits.late.count() > 0 && stood > ports.limits.late;
    // An agent is waited for; a run that waits for a person was asked to.
    if (run.attempt > 1 && late && run.kind == RunKind::Turn && run.state != RunState::Waiting) {
        return Error{.code = ErrorCode::Expired,
                     .message = "The server was away for so long that the answer would come too late; say it "
                                "again, or resume the run."};
    }
    return std::nullopt;
}

/// A run under way, in the frame of execute_run.
struct Execution {
    RunPorts ports;
    RunHost* host;
    std::shared_ptr<LiveRun> live;
    RunInput* input;
    std::stop_token stop;
    RunLimits limits;
    RunWriter writer;
    ToolCalls tools;
    Timestamp began;
    std::chrono::steady_clock::time_point first;
    std::vector<Step> unwritten{};  ///< what the end will write
    std::uint64_t attended = 0;     ///< how much of what was heard has been looked after

    Execution(RunPorts with, RunHost* by, TaskScope* scope, std::shared_ptr<LiveRun> run, RunInput* of,
              std::stop_token either, std::stop_token shutdown)
        : ports(with),
          host(by),
          live(std::move(run)),
          input(of),
          stop(std::move(either)),
          limits(limits_of(of->run, with.limits)),
          writer(with, by, live, of->steps, std::move(shutdown)),
          tools({.ports = with,
                 .scope = scope,
                 .live = live,
                 .input = of,
                 .writer = &writer,
                 .stop = stop,
                 .limits = limits}),
          began(of->run.started_at.value_or(with.clock.now())),
          first(with.clock.steady()) {
        if (!of->inbox.empty()) live->attend();
    }

    /// Until when it may run: what it waits for people does not count.
    Deadline deadline() const { return {first + limits.time + tools.waited()}; }

    Task<std::optional<Error>> go_through();
    Task<std::optional<Error>> ask(int position);
    Task<std::optional<Error>> intend(IntendCalls wanted);
    Task<std::optional<Error>> await_agents(int position);
    bool may_have_mail() const noexcept { return live->heard() > attended; }
    Task<std::expected<bool, Error>> receive(int position);
    Task<Status> end(std::optional<Error> fault);
};

Step new_step(const Run& run, int position, StepInput input, Timestamp now) {
    return {.run = run.id,
            .position = position,
            .attempt = run.attempt,
            .input = std::move(input),
            .started_at = now};
}

/// What the run does, until there is nothing more to do or a reason to end.
Task<std::optional<Error>> Execution::go_through() {
    for (;;) {
        if (stop.stop_requested()) co_return cancelled();
        if (ports.clock.steady() >= deadline().at) {
            co_return Error{.code = ErrorCode::LimitExceeded,
                            .message =
                                fmt::format("The run took longer than the {} s that it may; raise the bot's "
                                            "max_run_seconds.",
                                            limits.time.count())};
        }
        NextAction next = next_action(input->run, input->steps, limits);
        std::optional<Error> fault;
        if (const auto* asking = std::get_if<AskModel>(&next)) {
            auto doing = ask(asking->position);
            fault = co_await std::move(doing);
        } else if (auto* calls = std::get_if<IntendCalls>(&next)) {
            auto doing = intend(std::move(*calls));
            fault = co_await std::move(doing);
        } else if (auto* open = std::get_if<SettleCalls>(&next)) {
            auto doing = tools.settle(std::move(open->places), deadline());
            fault = co_await std::move(doing);
        } else if (const auto* waiting = std::get_if<AwaitAgents>(&next)) {
            auto doing = await_agents(waiting->position);
            fault = co_await std::move(doing);
        } else if (const auto* over = std::get_if<GiveUp>(&next)) {
            co_return Error{.code = over->error.code,
                            .message = over->error.message,
                            .retry_after = over->error.retry_after};
        } else {
            co_return std::nullopt;
        }
        if (fault) co_return fault;
    }
}

/// Takes what was written to the run meanwhile, as a step in the place of the next model call. False when
/// there is nothing.
Task<std::expected<bool, Error>> Execution::receive(int position) {
    attended = live->heard();
    auto reading = ports.records.inbox(input->run.id);
    auto inbox = co_await std::move(reading);
    if (!inbox) co_return std::unexpected(std::move(inbox).error());
    if (inbox->empty()) co_return false;
    Effects effects;
    for (const auto& message : *inbox) effects.taken.push_back(message.position);
    Step step = new_step(input->run, position, WaitInput{}, ports.clock.now());
    step.state = StepState::Done;
    step.output = WaitOutput{std::move(*inbox)};
    step.ended_at = step.started_at;
    auto writing = writer.put({step}, RunState::Running, std::move(effects));
    if (auto written = co_await std::move(writing); !written) co_return std::unexpected(written.error());
    const auto place = static_cast<std::size_t>(position) - 1;
    if (place >= input->steps.size()) input->steps.resize(place + 1);
    input->steps[place] = std::move(step);
    co_return true;
}

Task<std::optional<Error>> Execution::ask(int position) {
    auto& steps = input->steps;
    const auto place = static_cast<std::size_t>(position) - 1;
    if (may_have_mail()) {
        auto receiving = receive(position);
        auto received = co_await std::move(receiving);
        if (!received) co_return std::move(received).error();
        if (*received) co_return std::nullopt;
    }
    const bool intended = place < steps.size() && steps[place].state == StepState::Intended;
    Step step = new_step(input->run, position, ModelInput{.model = input->run.model}, ports.clock.now());
    if (!intended) {
        if (place >= steps.size()) steps.resize(place + 1);
        steps[place] = step;
        auto writing = writer.put({step}, RunState::Running);
        if (auto written = co_await std::move(writing); !written) co_return std::move(written).error();
    }
    step.sequence = live->next_sequence();
    steps[place] = step;
    auto calling = call_model(ports, live, input, deadline(), stop);
    ModelReply reply = co_await std::move(calling);
    step.input = std::move(reply.input);
    step.usage = reply.usage;
    step.ended_at = ports.clock.now();
    step.state =
        reply.error && reply.error->code != ErrorCode::Cancelled ? StepState::Failed : StepState::Done;
    if (reply.error && reply.error->code == ErrorCode::Cancelled)
        reply.output.stop_reason = StopReason::Cancelled;
    make_ids_unique(reply.output, steps, position);
    step.output = std::move(reply.output);
    if (step.state == StepState::Failed) {
        step.error = RunError{.code = reply.error->code,
                              .message = reply.error->message,
                              .retry_after = reply.error->retry_after};
    }
    steps[place] = step;
    unwritten = {std::move(step)};
    co_return std::move(reply.error);
}

Task<std::optional<Error>> Execution::intend(IntendCalls wanted) {
    auto& steps = input->steps;
    std::vector<Step> written = std::exchange(unwritten, {});
    int position = wanted.position;
    for (const ToolCall& call : wanted.calls) {
        const ToolEntry* entry = ports.tools.find(call.name, input->run.settings.tools);
        steps.push_back(new_step(input->run, position++, input_of(call, entry), ports.clock.now()));
        written.push_back(steps.back());
    }
    auto writing = writer.put(std::move(written), RunState::Running);
    if (auto put = co_await std::move(writing); !put) co_return std::move(put).error();
    co_return std::nullopt;
}

Task<std::optional<Error>> Execution::await_agents(int position) {
    auto& steps = input->steps;
    const auto place = static_cast<std::size_t>(position) - 1;
    if (place >= steps.size()) {
        std::vector<Step> written = std::exchange(unwritten, {});
        steps.push_back(new_step(input->run, position, WaitInput{}, ports.clock.now()));
        written.push_back(steps.back());
        auto writing = writer.put(std::move(written), RunState::Running);
        if (auto put = co_await std::move(writing); !put) co_return std::move(put).error();
    }
    for (;;) {
        const auto before = live->heard();
        auto reading = ports.records.inbox(input->run.id);
        auto inbox = co_await std::move(reading);
        live->stand_still(false);
        if (!inbox) co_return std::move(inbox).error();
        if (all_heard(*inbox, unheard_agents(steps))) {
            Effects effects;
            for (const auto& message : *inbox) effects.taken.push_back(message.position);
            Step done = steps[place];
            done.attempt = input->run.attempt;
            done.state = StepState::Done;
            done.output = WaitOutput{std::move(*inbox)};
            done.ended_at = ports.clock.now();
            auto writing = writer.put({done}, RunState::Running, std::move(effects));
            if (auto put = co_await std::move(writing); !put) co_return std::move(put).error();
            steps[place] = std::move(done);
            co_return std::nullopt;
        }
        live->stand_still(true);
        auto waiting = live->attended(before, deadline(), stop);
        if (co_await std::move(waiting) != Signal::Woke::Notified)
            co_return std::nullopt;  // go_through says why
    }
}

Task<Status> Execution::end(std::optional<Error> fault) {
    auto ended = end_of(ports, *input, std::exchange(unwritten, {}), fault, began);
    log_end(ports, ended.run, fault);
    return writer.end(std::move(ended));
}

/// Its input, or an end in which nothing was done.
Task<Status> run_through(RunPorts ports, RunHost* host, TaskScope* scope, std::shared_ptr<LiveRun> live,
                         RunInput input, std::optional<Error> unfit_for, std::stop_token shutdown) {
    const EitherStop stop(live->stop_token(), shutdown);
    for (const ToolEntry* entry : ports.tools.granted(input.run.settings.tools))
        input.offers.push_back(entry->offer);
    Execution execution(ports, host, scope, live, &input, stop.token(), shutdown);
    std::optional<Error> fault = std::move(unfit_for);
    if (!fault) {
        std::string thrown;
        try {
            auto going = execution.go_through();
            fault = co_await std::move(going);
        } catch (const std::exception& error) {
            thrown = error.what();  // memory ran out, or a defect: this run fails, others go on
        }
        if (!thrown.empty()) fault = internal_error(std::move(thrown));
    }
    if (fault && shutdown.stop_requested() && !live->stop_token().stop_requested())
        co_return fail(ErrorCode::Cancelled, "Left for the next start.");
    auto ending = execution.end(std::move(fault));
    co_return co_await std::move(ending);
}

RunStarted start_of(const Run& run, const std::vector<Step>& steps) {
    RunStarted started = started_of(run, run.attempt);
    started.steps = static_cast<int>(std::ranges::count(steps, StepState::Done, &Step::state));
    return started;
}

}  // namespace

Task<Status> execute_run(RunPorts ports, RunHost* host, TaskScope* scope, std::shared_ptr<LiveRun> live,
                         std::optional<RunInput> read_ahead, std::stop_token shutdown) {
    const Run& queued = live->run();
    const bool first = queued.attempt == 1;
    if (first) live->append(start_of(queued, {}));
    std::optional<Error> fault;
    if (!read_ahead) {
        auto reading = ports.records.input(queued.id, history_bytes(ports.models, queued.model));
        auto read = co_await std::move(reading);
        if (read) {
            read_ahead = std::move(*read);
        } else {
            fault = std::move(read).error();
            read_ahead = RunInput{.run = queued};
        }
    }
    if (!first) live->append(start_of(queued, read_ahead->steps));
    if (!fault) fault = unfit(ports, queued);
    auto going = run_through(ports, host, scope, live, *std::move(read_ahead), std::move(fault), shutdown);
    co_return co_await std::move(going);
}

}  // namespace boternity::core
