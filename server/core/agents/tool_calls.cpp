#include "core/agents/tool_calls.hpp"

#include "core/agents/next_action.hpp"
#include "core/agents/tool_rules.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <variant>

namespace boternity::core {
namespace {

constexpr std::string_view kCallAgain = "call again";
constexpr std::string_view kLeaveIt = "leave it";
constexpr std::string_view kStopRun = "stop the run";
// How long a question waits for its answer.
constexpr std::chrono::microseconds kAnswerTime = std::chrono::hours(24 * 7);
// How often a change is made anew because others changed the same meanwhile.
constexpr int kTries = 8;

RuntimeAnswer told(std::string text, bool failed, std::size_t limit) {
    return {.output = told_result(std::move(text), failed, limit)};
}

Error cancelled() {
    return {.code = ErrorCode::Cancelled, .message = "The run was cancelled."};
}

}  // namespace

void ToolCalls::fault(Error error) {
    if (!fault_) fault_ = std::move(error);
    faulted_.request_stop();
}

void ToolCalls::stands_still() noexcept {
    options_.live->stand_still(waiting_ > 0 && waiting_ >= under_way_);
}

Task<std::optional<Error>> ToolCalls::settle(std::vector<std::size_t> places, Deadline deadline) {
    faulted_ = {};
    stop_.emplace(options_.stop, faulted_.get_token());
    std::vector<std::size_t> own;
    const auto& steps = options_.input->steps;
    for (const std::size_t place : places) {
        const auto& tool = std::get<ToolInput>(steps[place].input);
        const ToolEntry* entry = options_.ports.tools.find(tool.tool, options_.input->run.settings.tools);
        if (entry == nullptr || entry->runtime) {
            own.push_back(place);
            continue;
        }
        ++under_way_;
        auto settling = settle_outside(place, deadline);
        if (!options_.scope->start("tool", options_.live->strand(), std::move(settling))) {
            --under_way_;
            fault(cancelled());
        }
    }
    if (!own.empty()) {
        ++under_way_;
        auto settling = settle_runtime(std::move(own), deadline);
        if (!options_.scope->start("tools", options_.live->strand(), std::move(settling))) {
            --under_way_;
            fault(cancelled());
        }
    }
    while (under_way_ > 0) {
        auto waiting = done_.wait(Deadline::never(), {});
        co_await std::move(waiting);
    }
    co_return fault_;
}

Task<Status> ToolCalls::settle_outside(std::size_t place, Deadline deadline) {
    auto settling = settle_one(place, deadline);
    co_await std::move(settling);
    --under_way_;
    stands_still();
    done_.notify_all();
    co_return Status{};
}

Task<Status> ToolCalls::settle_runtime(std::vector<std::size_t> places, Deadline deadline) {
    for (const std::size_t place : places) {
        if (stop_->token().stop_requested()) break;
        auto settling = settle_one(place, deadline);
        co_await std::move(settling);
    }
    --under_way_;
    stands_still();
    done_.notify_all();
    co_return Status{};
}

/// What it throws is a defect of a tool: it ends the run, not the server.
Task<void> ToolCalls::settle_one(std::size_t place, Deadline deadline) {
    std::string thrown;
    try {
        for (int tried = 1;; ++tried) {
            auto calling = call(place, deadline);
            Outcome outcome = co_await std::move(calling);
            if (stop_->token().stop_requested()) {
                fault(cancelled());
                co_return;
            }
            if (!outcome) {
                auto failing = write_failed(place, std::move(outcome.error().error));
                co_await std::move(failing);
                co_return;
            }
            auto writing = write_done(place, std::move(*outcome));
            const Status written = co_await std::move(writing);
            if (written) co_return;
            const bool again = written.error().code == ErrorCode::StaleEtag && tried < kTries;
            if (again) continue;
            if (written.error().code != ErrorCode::RateLimited &&
                written.error().code != ErrorCode::StaleEtag) {
                fault(written.error());
                co_return;
            }
            auto telling = write_done(place, told(written.error().message, true, SIZE_MAX));
            if (const Status last = co_await std::move(telling); !last) fault(last.error());
            co_return;
        }
    } catch (const std::exception& error) {
        thrown = error.what();
    }
    fault(internal_error("a tool threw: " + thrown));
}

Task<ToolCalls::Outcome> ToolCalls::call(std::size_t place, Deadline deadline) {
    auto& steps = options_.input->steps;
    const ToolInput input = std::get<ToolInput>(steps[place].input);
    auto making_sure = make_sure(place);
    const auto verdict = co_await std::move(making_sure);
    if (!verdict) co_return stop_run(verdict.error());
    if (*verdict == Verdict::Stop) {
        co_return stop_run({.code = ErrorCode::Cancelled, .message = "A person decided to stop the run."});
    }
    if (*verdict == Verdict::Leave) {
        co_return told(
            "Nobody knows whether this took effect: the server ended while it was under way, and a "
            "person decided not to call it again.",
            true, SIZE_MAX);
    }
    const auto& grants = options_.input->run.settings.tools;
    const ToolEntry* entry = options_.ports.tools.find(input.tool, grants);
    if (entry == nullptr)
        co_return told(no_such_tool(input.tool, options_.ports.tools.granted(grants)).message, true,
                       SIZE_MAX);
    auto calling = call_entry(entry, place, deadline);
    co_return co_await std::move(calling);
}

Task<ToolCalls::Outcome> ToolCalls::call_entry(const ToolEntry* entry, std::size_t place, Deadline deadline) {
    const Step& step = options_.input->steps[place];
    const Run& run = options_.input->run;
    auto arguments = entry->schema->read(std::get<ToolInput>(step.input).arguments);
    if (!arguments) {
        co_return told(fmt::format("The arguments of {} are not right: {}", entry->offer.name,
                                   arguments.error().message),
                       true, SIZE_MAX);
    }
    ToolInvocation invocation{.run = run.id,
                              .bot = run.bot,
                              .session = run.session,
                              .step = step.position,
                              .arguments = std::move(*arguments),
                              .key = fmt::format("{}/{}", run.id.text(), step.position)};
    if (entry->runtime && entry->runtime->asks_person()) {
        auto asking = ask_person(std::move(invocation), place);
        co_return co_await std::move(asking);
    }
    CallContext context{.deadline = deadline, .stop = stop_->token(), .request_id = run.id.text()};
    const auto known = options_.ports.models.resolve(run.model);
    const std::size_t limit = result_limit(known ? known->card.window_tokens : 0);
    if (entry->runtime) {
        CallingRun calling{.input = options_.input, .live = options_.live};
        auto answering = entry->runtime->call(std::move(calling), std::move(invocation), std::move(context));
        auto answer = co_await std::move(answering);
        if (!answer && answer.error().kind == ToolError::Kind::TellModel)
            co_return told(answer.error().error.message, true, limit);
        if (!answer) co_return std::unexpected(std::move(answer).error());
        ToolOutput cut = told_result(std::move(answer->output.text), answer->output.failed, limit);
        answer->output.text = std::move(cut.text);
        answer->output.bytes = cut.bytes;
        co_return std::move(*answer);
    }
    options_.live->call_began();
    auto answering = entry->tool->call(std::move(invocation), std::move(context));
    auto answer = co_await std::move(answering);
    options_.live->call_ended();
    if (answer) co_return told(std::move(*answer), false, limit);
    if (answer.error().kind == ToolError::Kind::TellModel)
        co_return told(answer.error().error.message, true, limit);
    co_return std::unexpected(std::move(answer).error());
}

Task<ToolCalls::Outcome> ToolCalls::ask_person(ToolInvocation invocation, std::size_t place) {
    const Step& step = options_.input->steps[place];
    auto deciding = decided({.question = invocation.arguments.text("question"),
                             .options = invocation.arguments.texts("options"),
                             .about = step.position,
                             .hash = hash_of_call(std::get<ToolInput>(step.input))},
                            Counts::Always);
    auto answer = co_await std::move(deciding);
    if (!answer) co_return stop_run(std::move(answer).error());
    if (answer->empty()) co_return told("Nobody answered in time.", true, SIZE_MAX);
    co_return told(std::move(*answer), false, SIZE_MAX);
}

/// Whether a call may be made now: one that an earlier attempt began and that is not idempotent may have had
/// its effect already.
Task<std::expected<ToolCalls::Verdict, Error>> ToolCalls::make_sure(std::size_t place) {
    auto& steps = options_.input->steps;
    const Run& run = options_.input->run;
    const Step step = steps[place];
    const auto& input = std::get<ToolInput>(step.input);
    if (step.attempt == run.attempt || input.idempotent || input.read_only) co_return Verdict::Call;
    auto deciding =
        decided({.question = fmt::format(
                     "The server ended while {} was being called with {}. Nobody knows whether it "
                     "took effect. Shall it be called again?",
                     input.tool, input.arguments),
                 .options = {std::string(kCallAgain), std::string(kLeaveIt), std::string(kStopRun)},
                 .about = step.position,
                 .hash = hash_of_call(input)},
                Counts::ForThisCall);
    auto answer = co_await std::move(deciding);
    if (!answer) co_return std::unexpected(std::move(answer).error());
    if (*answer == kStopRun) co_return Verdict::Stop;
    if (*answer != kCallAgain) co_return Verdict::Leave;
    // From here on it is this attempt's call: when the server ends under it too, it is asked of anew.
    Step again = step;
    again.state = StepState::Intended;
    again.attempt = run.attempt;
    again.started_at = options_.ports.clock.now();
    auto writing = options_.writer->put({again}, state());
    if (auto written = co_await std::move(writing); !written) co_return std::unexpected(written.error());
    steps[place] = std::move(again);
    co_return Verdict::Call;
}

Task<Status> ToolCalls::write_done(std::size_t place, RuntimeAnswer answer) {
    auto& steps = options_.input->steps;
    Step done = steps[place];
    const auto& input = std::get<ToolInput>(done.input);
    const int times = times_in_a_row(std::span(steps).first(place), input, answer.output);
    if (times >= kTellRepeats) answer.output.repeated = times;
    done.attempt = options_.input->run.attempt;
    done.state = StepState::Done;
    done.error.reset();
    done.output = std::move(answer.output);
    done.ended_at = options_.ports.clock.now();

    // The last one writes the next intention along: one commit less.
    const Step before = std::exchange(steps[place], done);
    std::vector<Step> written{std::move(done)};
    if (under_way_ == 1) {
        const NextAction next = next_action(options_.input->run, steps, options_.limits);
        const auto* asking = std::get_if<AskModel>(&next);
        if (asking != nullptr && static_cast<std::size_t>(asking->position) == steps.size() + 1) {
            const Run& run = options_.input->run;
            written.push_back({.run = run.id,
                               .position = asking->position,
                               .attempt = run.attempt,
                               .input = ModelInput{.model = run.model},
                               .started_at = options_.ports.clock.now()});
        }
    }
    const auto next_step = written.size() > 1 ? std::optional(written.back()) : std::nullopt;
    auto writing = options_.writer->put(std::move(written), state(), std::move(answer.effects));
    const Status put = co_await std::move(writing);
    if (!put) {
        steps[place] = before;
    } else if (next_step) {
        steps.push_back(*next_step);
    }
    co_return put;
}

Task<void> ToolCalls::write_failed(std::size_t place, Error error) {
    Step failed = options_.input->steps[place];
    if (error.code != ErrorCode::Cancelled) {
        failed.attempt = options_.input->run.attempt;
        failed.state = StepState::Failed;
        failed.error =
            RunError{.code = error.code, .message = error.message, .retry_after = error.retry_after};
        failed.ended_at = options_.ports.clock.now();
        auto writing = options_.writer->put({failed}, state());
        if (auto written = co_await std::move(writing); written)
            options_.input->steps[place] = std::move(failed);
    }
    fault(std::move(error));
}

std::optional<std::size_t> ToolCalls::place_of_decision(const DecisionInput& question, Counts counts) const {
    const auto& steps = options_.input->steps;
    const Step& about = steps[static_cast<std::size_t>(question.about) - 1];
    for (std::size_t place = steps.size(); place > 0; --place) {
        const Step& step = steps[place - 1];
        const auto* decision = std::get_if<DecisionInput>(&step.input);
        if (decision == nullptr || decision->about != question.about || decision->hash != question.hash)
            continue;
        const bool about_earlier = counts == Counts::ForThisCall && step.attempt <= about.attempt;
        return about_earlier ? std::nullopt : std::optional(place - 1);
    }
    return std::nullopt;
}

Task<Result<std::string>> ToolCalls::decided(DecisionInput question, Counts counts) {
    auto& steps = options_.input->steps;
    auto place = place_of_decision(question, counts);
    if (place && steps[*place].state != StepState::Intended) {
        if (const auto* made = std::get_if<DecisionOutput>(&steps[*place].output)) co_return made->answer;
        place.reset();  // it ended with an earlier attempt
    }
    const Run& run = options_.input->run;
    ++waiting_;
    if (!place) {
        const auto now = options_.ports.clock.now();
        question.expires_at = Timestamp{now.micros + kAnswerTime.count()};
        place = steps.size();
        steps.push_back({.run = run.id,
                         .position = static_cast<int>(steps.size()) + 1,
                         .attempt = run.attempt,
                         .input = std::move(question),
                         .started_at = now});
        const Step asked = steps.back();
        auto writing = options_.writer->put({asked}, RunState::Waiting);
        if (auto written = co_await std::move(writing); !written) {
            --waiting_;
            co_return fail(std::move(written).error());
        }
    }
    stands_still();
    const auto since = options_.ports.clock.steady();
    auto awaiting = await_decision(*place);
    auto answer = co_await std::move(awaiting);
    waited_ += options_.ports.clock.steady() - since;
    co_return answer;
}

Task<Result<std::string>> ToolCalls::await_decision(std::size_t place) {
    auto& steps = options_.input->steps;
    const auto expires = std::get<DecisionInput>(steps[place].input).expires_at;
    for (;;) {
        const auto before = options_.live->heard();
        auto reading = options_.ports.records.steps(options_.input->run.id);
        auto stored = co_await std::move(reading);
        if (!stored) {
            --waiting_;
            co_return fail(std::move(stored).error());
        }
        if (place < stored->size() && (*stored)[place].state == StepState::Done) {
            steps[place] = std::move((*stored)[place]);
            // It is there already; now its event is too.
            --waiting_;
            stands_still();
            auto writing = options_.writer->put({steps[place]}, state());
            if (auto put = co_await std::move(writing); !put) co_return fail(std::move(put).error());
            co_return std::get<DecisionOutput>(steps[place].output).answer;
        }
        Deadline until = Deadline::never();
        if (expires) {
            const std::chrono::microseconds left(expires->micros - options_.ports.clock.now().micros);
            until = options_.ports.clock.in(std::max(left, std::chrono::microseconds(0)));
        }
        auto waiting = options_.live->attended(before, until, stop_->token());
        const auto woke = co_await std::move(waiting);
        if (woke == Signal::Woke::Stopped) {
            --waiting_;
            co_return fail(cancelled());
        }
        if (woke == Signal::Woke::TimedOut) break;
    }
    --waiting_;
    stands_still();
    Step expired = steps[place];
    expired.state = StepState::Done;
    expired.attempt = options_.input->run.attempt;
    expired.output = DecisionOutput{};
    expired.ended_at = options_.ports.clock.now();
    auto writing = options_.writer->put({expired}, state());
    if (auto written = co_await std::move(writing); !written) co_return fail(std::move(written).error());
    steps[place] = std::move(expired);
    co_return std::string();
}

}  // namespace boternity::core
