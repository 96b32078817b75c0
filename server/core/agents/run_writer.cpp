#include "core/agents/run_writer.hpp"

#include "core/runtime/pause.hpp"

#include <algorithm>
#include <chrono>
#include <type_traits>
#include <utility>
#include <variant>

namespace boternity::core {
namespace {

/// What asking again does not change.
bool is_final(const Error& error) noexcept {
    switch (error.code) {
    case ErrorCode::WrongState:
    case ErrorCode::NotFound:
    case ErrorCode::StaleEtag:
    case ErrorCode::RateLimited: return true;
    default: return false;
    }
}

std::string name_of_step(const Step& step) {
    if (const auto* model = std::get_if<ModelInput>(&step.input)) return model->model;
    if (const auto* tool = std::get_if<ToolInput>(&step.input)) return tool->tool;
    return {};
}

}  // namespace

RunWriter::RunWriter(RunPorts ports, RunHost* host, std::shared_ptr<LiveRun> live,
                     const std::vector<Step>& steps, std::stop_token shutdown)
    : ports_(ports),
      host_(host),
      live_(std::move(live)),
      shutdown_(std::move(shutdown)),
      turnstile_(live_->strand()) {
    for (const Step& step : steps)
        known_.push_back({step.state, step.attempt, step.sequence, step.ended_sequence});
}

const RunWriter::Known& RunWriter::known(const Step& step) const noexcept {
    static const Known unknown;
    const auto place = static_cast<std::size_t>(step.position) - 1;
    return place < known_.size() ? known_[place] : unknown;
}

/// It is new, or it is done again.
bool RunWriter::begins(const Step& step) const noexcept {
    const Known& before = known(step);
    return is_told(step.kind()) && (before.attempt != step.attempt || before.sequence == 0);
}

bool RunWriter::ends(const Step& step) const noexcept {
    const Known& before = known(step);
    const bool ended = before.attempt == step.attempt && before.ended_sequence != 0;
    return is_told(step.kind()) && step.state != StepState::Intended && !ended;
}

void RunWriter::number(std::vector<Step>& written) const {
    auto next = live_->next_sequence();
    for (Step& step : written) {
        if (!is_told(step.kind())) continue;
        const Known& before = known(step);
        step.sequence = begins(step) ? next++ : before.sequence;
        step.ended_sequence = ends(step)                          ? next++
                              : step.state == StepState::Intended ? 0
                                                                  : before.ended_sequence;
    }
}

Events RunWriter::events_of(const std::vector<Step>& written) const {
    const Run& run = live_->run();
    Events events;
    for (const Step& step : written) {
        const Known& before = known(step);
        if (before.state == step.state && before.attempt == step.attempt) continue;
        events.push_back(StepMoved{.run = run.id,
                                   .session = run.session,
                                   .bot = run.bot,
                                   .root = run.root,
                                   .position = step.position,
                                   .kind = step.kind(),
                                   .state = step.state,
                                   .name = name_of_step(step)});
        const auto* decision = std::get_if<DecisionInput>(&step.input);
        if (decision == nullptr || step.state != StepState::Intended) continue;
        events.push_back(DecisionAsked{.run = run.id,
                                       .session = run.session,
                                       .bot = run.bot,
                                       .root = run.root,
                                       .step = step.position,
                                       .question = decision->question});
    }
    return events;
}

RunAppend RunWriter::append_of(std::vector<Step> written, std::optional<RunState> state,
                               const Effects& effects) const {
    const Run& run = live_->run();
    RunAppend moved{.run = run.id,
                    .attempt = run.attempt,
                    .state = state,
                    .agents = effects.agents,
                    .sent = effects.sent,
                    .written = effects.written,
                    .events = events_of(written)};
    for (const int position : effects.taken)
        moved.taken.push_back({.position = position, .step = written.front().position});
    for (const auto& agent : effects.agents) {
        moved.events.push_back(RunQueued{.run = agent.run.id,
                                         .session = agent.run.session,
                                         .bot = agent.run.bot,
                                         .root = agent.run.root,
                                         .parent = agent.run.parent});
    }
    moved.steps = std::move(written);
    return moved;
}

void RunWriter::tell(const std::vector<Step>& written) {
    for (const Step& step : written) {
        const bool new_end = ends(step);
        if (begins(step)) live_->append(began(step));
        if (new_end) live_->append(ended(step));
        const auto place = static_cast<std::size_t>(step.position) - 1;
        if (place >= known_.size()) known_.resize(place + 1);
        known_[place] = {step.state, step.attempt, step.sequence, step.ended_sequence};
    }
}

template <class T, class Call>
Task<Result<T>> RunWriter::insist(Call call) {
    for (auto pause = kFirstStorePause;; pause = std::min(pause * 2, kLongestStorePause)) {
        auto writing = call();
        Result<T> answer = co_await std::move(writing);
        if (answer) live_->go_on();
        if (answer || is_final(answer.error()) || shutdown_.stop_requested()) co_return answer;
        const auto& error = answer.error();
        ports_.log.write(
            LogLevel::Warn, "run_waits_for_store",
            {{"run", live_->run().id.text()}, {"error", error.message}, {"detail", error.detail}});
        live_->hold_up(error);
        co_await pause_for(pause, shutdown_);
    }
}

Task<Status> RunWriter::put(std::vector<Step> written, std::optional<RunState> state, Effects effects) {
    auto entering = turnstile_.enter();
    const auto pass = co_await std::move(entering);
    number(written);
    const RunAppend moved = append_of(written, state, effects);
    auto insisting = insist<void>([this, &moved] { return ports_.journal.append(moved); });
    BOT_CO_CHECK(co_await std::move(insisting));
    tell(written);
    for (auto& agent : effects.agents) host_->begin(std::move(agent.run));
    for (const auto& message : effects.sent) host_->attend(message.to);
    for (const RunId agent : effects.cancelled) host_->stop(agent);
    co_return Status{};
}

Task<Status> RunWriter::end(RunEnd ended) {
    auto entering = turnstile_.enter();
    const auto pass = co_await std::move(entering);
    number(ended.steps);
    const Events moved = events_of(ended.steps);
    ended.events.insert(ended.events.begin(), moved.begin(), moved.end());
    auto insisting = insist<Message>([this, &ended] { return ports_.journal.end(ended); });
    auto committed = co_await std::move(insisting);
    if (!committed) {
        // Nobody is told of an end that is not durable.
        live_->hold_up(committed.error());
        co_return fail(std::move(committed).error().within("ending a run"));
    }
    tell(ended.steps);
    RunFinished finished{.state = ended.run.state,
                         .usage = ended.run.usage,
                         .stop_reason = ended.run.stop_reason,
                         .error = ended.run.error};
    if (ended.message) finished.message = std::move(*committed);
    if (!ended.message) finished.message = answer_of_fork(ended.run, ended.steps);
    live_->append(std::move(finished));
    if (ended.result) host_->attend(ended.result->to);
    host_->stop_below(ended.run);
    co_return Status{};
}

}  // namespace boternity::core
