#include "core/agents/fork.hpp"

#include "core/agents/new_turn.hpp"
#include "core/agents/next_action.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <span>
#include <utility>

namespace boternity::core {
namespace {

/// Whether the last answer among these steps called tools that no step of them stands for.
bool amid_calls(std::span<const Step> steps) {
    std::ptrdiff_t settled = 0;
    for (auto step = steps.rbegin(); step != steps.rend(); ++step) {
        if (step->kind() == StepKind::ToolCall) ++settled;
        const auto* said = std::get_if<ModelOutput>(&step->output);
        if (said == nullptr) continue;
        return settled < std::ranges::count_if(
                             said->parts,
                             [](const MessagePart& part) { return std::holds_alternative<ToolCall>(part); });
    }
    return false;
}

Error bad_step(std::string why) {
    return invalid_argument(std::move(why), "step");
}

/// The places of one run at which it can be forked.
class ForkPlaces {
public:
    ForkPlaces(Run fork, const std::vector<Step>& steps, const RunLimits& limits)
        : fork_(std::move(fork)), steps_(steps), limits_(limits_of(fork_, limits)) {}

    /// Why the run cannot be forked behind its first `copied` steps, if it cannot.
    std::optional<Error> hindrance(int copied) const {
        const std::vector<Step> before(steps_.begin(), steps_.begin() + copied);
        for (const Step& step : before) {
            if (step.state == StepState::Intended) {
                return Error{.code = ErrorCode::WrongState,
                             .message = fmt::format("Step {} has not been done yet", step.position),
                             .field = "step"};
            }
            if (step.state == StepState::Failed)
                return bad_step(fmt::format("Step {} failed", step.position));
        }
        if (copied == 0) return std::nullopt;
        if (amid_calls(before))
            return bad_step(fmt::format("Step {} stands in the middle of one answer's tool calls", copied));
        if (!unheard_agents(before).empty())
            return bad_step(fmt::format("By step {} the run had agents that it had not heard", copied));
        Run run = fork_;
        run.forked_from->step = copied;
        const NextAction next = next_action(run, before, limits_);
        if (std::holds_alternative<AskModel>(next)) return std::nullopt;
        return bad_step(fmt::format("Behind step {} the model was not asked again", copied));
    }

    /// The nearest steps that work, below and above; 0 always works.
    std::string nearest(int copied) const {
        int below = copied;
        while (hindrance(below)) --below;
        for (int above = copied + 1; std::cmp_less_equal(above, steps_.size()); ++above)
            if (!hindrance(above)) return fmt::format("{} or {}", below, above);
        return std::to_string(below);
    }

private:
    Run fork_;
    const std::vector<Step>& steps_;
    RunLimits limits_;
};

Status check_place(const Run& fork, const ForkGround& ground, const RunLimits& limits) {
    const int copied = copied_steps(fork);
    if (std::cmp_greater(copied, ground.steps.size())) {
        return fail(bad_step(fmt::format("The run has no step {}; fork it at a step from 0 to {}.", copied,
                                         ground.steps.size())));
    }
    const ForkPlaces places(fork, ground.steps, limits);
    auto why = places.hindrance(copied);
    if (!why) return {};
    why->message += fmt::format("; fork the run at step {}.", places.nearest(copied));
    return fail(std::move(*why));
}

Run run_of(RunId id, const ForkWish& wish, const Run& original, Timestamp now) {
    std::string message = wish.message;
    if (message.empty() && original.forked_from) message = original.forked_from->message;
    return {.id = id,
            .root = id,
            .bot = original.bot,
            .session = original.session,
            .kind = RunKind::Fork,
            .model = wish.model.empty() ? original.model : wish.model,
            .soul_version = wish.soul_version == 0 ? original.soul_version : wish.soul_version,
            .settings = original.settings,
            .forked_from = ForkPoint{.run = original.id, .step = wish.step, .message = std::move(message)},
            .input_message = original.input_message,
            .input_position = original.input_position,
            .created_at = now,
            .moved_at = now};
}

/// Nobody is told of a copy: the original has told of the step.
Step copy_of(Step step, RunId fork) {
    step.run = fork;
    step.attempt = 1;
    step.sequence = 0;
    step.ended_sequence = 0;
    return step;
}

}  // namespace

Status check_fork(const ForkWish& wish) {
    if (wish.step < 0) return fail(bad_step("step must be 0 or more."));
    if (wish.soul_version < 0)
        return fail(invalid_argument("soul_version must be 0 or more.", "soul_version"));
    if (wish.message.empty()) return {};
    if (wish.step > 0) {
        return fail(invalid_argument(
            fmt::format("The steps up to {} answered another message; give a message only with step 0.",
                        wish.step),
            "message"));
    }
    return check_message(wish.message, "message");
}

Result<ForkBegin> fork_of(RunId id, const ForkWish& wish, const ForkGround& ground, const RunLimits& limits,
                          Timestamp now) {
    if (ground.run.kind == RunKind::Agent) {
        return fail(ErrorCode::WrongState,
                    "An agent works for the run that spawned it; fork that run instead.");
    }
    ForkBegin begun{.run = run_of(id, wish, ground.run, now)};
    BOT_CHECK(check_place(begun.run, ground, limits));
    BOT_TRY(moved, talked_to(ground.bot, now, begun.events));
    begun.bot_update = std::move(moved);
    for (int i = 0; i < wish.step; ++i) {
        begun.steps.push_back(copy_of(ground.steps[static_cast<std::size_t>(i)], id));
        const auto ended = begun.steps.back().ended_at.value_or(begun.steps.back().started_at);
        begun.workspace_until = std::max(begun.workspace_until, ended);
    }
    begun.steps.push_back({.run = id,
                           .position = wish.step + 1,
                           .input = ModelInput{.model = begun.run.model},
                           .started_at = now});
    begun.events.push_back(
        RunQueued{.run = id, .session = begun.run.session, .bot = begun.run.bot, .root = id});
    return begun;
}

}  // namespace boternity::core
