#include "core/agents/run_service.hpp"

#include "core/agents/prompt.hpp"
#include "core/agents/prompt_files.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

namespace boternity::core {
namespace {

constexpr std::size_t kMaxAnswer = 64 * 1024;

Result<RunId> parse_run(const std::string& text) {
    if (auto id = RunId::parse(text)) return *id;
    return fail(not_found("There is no run of that id."));
}

Status check_answer(const Step& step, const std::string& answer) {
    const auto& decision = std::get<DecisionInput>(step.input);
    if (answer.empty()) return fail(invalid_argument("answer must not be empty.", "answer"));
    if (answer.size() > kMaxAnswer) {
        return fail(Error{
            .code = ErrorCode::TooLarge,
            .message = fmt::format("answer has {} bytes; at most {} are allowed.", answer.size(), kMaxAnswer),
            .field = "answer"});
    }
    if (decision.options.empty() || std::ranges::find(decision.options, answer) != decision.options.end())
        return {};
    return fail(invalid_argument(fmt::format("answer must be one of: {}.", fmt::join(decision.options, ", ")),
                                 "answer"));
}

}  // namespace

Run RunService::as_it_stands(Run run) const {
    if (has_ended(run.state) || run.state == RunState::Waiting) return run;
    const auto live = scheduler_.find(run.id);
    run.state = live && live->started() ? RunState::Running : RunState::Queued;
    return run;
}

Task<Result<Run>> RunService::get(std::string text) {
    BOT_CO_TRY(id, parse_run(text));
    BOT_CO_TRY(run, co_await ports_.records.find(id));
    co_return as_it_stands(std::move(run));
}

Task<Result<Page<Run>>> RunService::list(RunQuery query, PageRequest page) {
    RunFilter filter{.state = query.state, .kind = query.kind};
    if (!query.bot.empty()) {
        BOT_CO_TRY(found, co_await ports_.bots.find(BotRef{std::move(query.bot)}));
        filter.bot = found.id;
    }
    if (!query.session.empty()) {
        filter.session = SessionId::parse(query.session);
        if (!filter.session) co_return fail(not_found("There is no session of that id."));
    }
    // Until its first step is done the journal says that a run is queued: whether it runs is known here.
    const auto wanted = query.state;
    const bool under_way = wanted == RunState::Running || wanted == RunState::Queued;
    if (under_way) {
        filter.state.reset();
        filter.under_way = true;
        auto listing = list_under_way(filter, *wanted, std::move(page));
        co_return co_await std::move(listing);
    }
    BOT_CO_TRY(runs, co_await ports_.records.list(filter, std::move(page)));
    for (auto& run : runs.items) run = as_it_stands(std::move(run));
    co_return std::move(runs);
}

Task<Result<Page<Run>>> RunService::list_under_way(RunFilter filter, RunState wanted, PageRequest page) {
    for (;;) {
        BOT_CO_TRY(runs, co_await ports_.records.list(filter, page));
        for (auto& run : runs.items) run = as_it_stands(std::move(run));
        std::erase_if(runs.items, [&](const Run& run) { return run.state != wanted; });
        if (!runs.items.empty() || runs.next_token.empty()) co_return std::move(runs);
        page.token = runs.next_token;
    }
}

Task<Result<std::vector<Run>>> RunService::tree(std::string text) {
    BOT_CO_TRY(id, parse_run(text));
    BOT_CO_TRY(runs, co_await ports_.records.tree(id));
    for (auto& run : runs) run = as_it_stands(std::move(run));
    co_return std::move(runs);
}

Task<Result<std::vector<Step>>> RunService::steps(std::string text) {
    BOT_CO_TRY(id, parse_run(text));
    co_return co_await ports_.records.steps(id);
}

Task<Result<RunEventReader>> RunService::events(std::string text, std::uint32_t after) {
    BOT_CO_TRY(id, parse_run(text));
    if (auto live = scheduler_.find(id)) co_return RunEventReader(std::move(live), after);
    BOT_CO_TRY(run, co_await ports_.records.find(id));
    BOT_CO_TRY(steps, co_await ports_.records.steps(id));
    std::optional<Message> message = answer_of_fork(run, steps);
    if (run.output_message) {
        BOT_CO_TRY(said, co_await ports_.sessions.message(*run.output_message));
        message = std::move(said);
    }
    co_return RunEventReader(events_from_journal(run, steps, message), after);
}

Task<Result<Run>> RunService::cancel(std::string text, CallContext context) {
    BOT_CO_TRY(id, parse_run(text));
    if (auto live = scheduler_.find(id)) {
        scheduler_.cancel(live);
        co_return co_await final_state(id, std::move(live), std::move(context));
    }
    BOT_CO_TRY(run, co_await ports_.records.find(id));
    if (run.state == RunState::Cancelled) co_return run;
    if (!has_ended(run.state)) {
        co_return fail(ErrorCode::Unavailable, "The run is being taken up again; cancel it in a moment.");
    }
    co_return fail(
        ErrorCode::WrongState,
        fmt::format("The run has already ended ({}); there is nothing to cancel.", name_of(run.state)));
}

Task<Result<Run>> RunService::final_state(RunId id, std::shared_ptr<LiveRun> live, CallContext context) {
    RunEventReader reader(std::move(live), 0);
    BOT_CO_TRY(finished, co_await reader.end(context.deadline, context.stop));
    static_cast<void>(finished);
    co_return co_await ports_.records.find(id);
}

Task<Result<Step>> RunService::open_decision(RunId run, int position) {
    BOT_CO_TRY(steps, co_await ports_.records.steps(run));
    for (auto& step : steps) {
        if (step.kind() != StepKind::Decision) continue;
        const bool wanted = position == 0 ? step.state == StepState::Intended : step.position == position;
        if (wanted) co_return std::move(step);
    }
    co_return fail(position == 0
                       ? Error{.code = ErrorCode::WrongState, .message = "The run waits for no decision."}
                       : not_found("The run has no such decision; show the run to see what it waits for."));
}

Task<Result<Step>> RunService::decide(std::string text, int position, std::string answer,
                                      CallContext context) {
    BOT_CO_TRY(id, parse_run(text));
    BOT_CO_TRY(run, co_await ports_.records.find(id));
    BOT_CO_TRY(receipt, co_await ports_.receipts.find(context.mutation));
    if (receipt) position = std::stoi(receipt->subject);
    BOT_CO_TRY(step, co_await open_decision(id, position));
    if (receipt) co_return std::move(step);
    BOT_CO_CHECK(check_answer(step, answer));
    Decided decided{.run = id,
                    .step = step.position,
                    .output = {.answer = std::move(answer), .by = context.principal.name},
                    .at = ports_.clock.now()};
    decided.events.push_back(DecisionMade{
        .run = id, .session = run.session, .bot = run.bot, .root = run.root, .step = step.position});
    BOT_CO_TRY(made, co_await ports_.journal.decide(std::move(decided), std::move(context.mutation)));
    scheduler_.attend(id);
    co_return std::move(made);
}

Task<Result<ReplayReport>> RunService::replay(std::string text, CallContext context) {
    static_cast<void>(context);
    BOT_CO_TRY(id, parse_run(text));
    BOT_CO_TRY(found, co_await ports_.records.find(id));
    BOT_CO_TRY(input, co_await ports_.records.input(id, history_bytes(ports_.models, found.model)));
    if (!has_ended(input.run.state))
        co_return fail(ErrorCode::WrongState, "The run has not ended; replay it when it has.");
    const auto model = ports_.models.resolve(input.run.model);
    if (!model || model->card.tools) {
        for (const ToolEntry* entry : ports_.tools.granted(input.run.settings.tools))
            input.offers.push_back(entry->offer);
    }
    if (model) BOT_CO_CHECK(co_await read_files(&ports_.attachments, &input, model->card));
    std::string said;
    if (const auto answer = answer_of_fork(input.run, input.steps)) said = answer->text;
    if (input.run.output_message) {
        BOT_CO_TRY(message, co_await ports_.sessions.message(*input.run.output_message));
        said = std::move(message.text);
    }
    co_return core::replay(input, said, ports_.tools, ports_.limits);
}

Task<Result<RunDiff>> RunService::diff(std::string text_a, std::string text_b) {
    if (text_a.empty()) co_return fail(invalid_argument("a must name a run.", "a"));
    if (text_b.empty()) co_return fail(invalid_argument("b must name a run.", "b"));
    BOT_CO_TRY(a, co_await get(text_a));
    BOT_CO_TRY(b, co_await get(text_b));
    BOT_CO_TRY(steps_a, co_await ports_.records.steps(a.id));
    BOT_CO_TRY(steps_b, co_await ports_.records.steps(b.id));
    co_return diff_runs(std::move(a), steps_a, std::move(b), steps_b);
}

Task<Result<Run>> RunService::resume(std::string text, CallContext context) {
    static_cast<void>(context);
    BOT_CO_TRY(id, parse_run(text));
    if (scheduler_.draining())
        co_return fail(ErrorCode::Unavailable, "The server is shutting down; resume the run in a moment.");
    BOT_CO_TRY(found, co_await ports_.records.find(id));
    if (found.kind == RunKind::Agent) {
        co_return fail(ErrorCode::WrongState,
                       "What an agent failed with has been told to its parent; resume or fork that run.");
    }
    if (found.attempt >= kMostAttempts) {
        co_return fail(ErrorCode::WrongState,
                       fmt::format("The run has been taken up {} times, which is the most; fork it instead.",
                                   found.attempt));
    }
    Events events{RunResumed{.run = id, .session = found.session, .bot = found.bot, .root = found.root}};
    BOT_CO_TRY(run, co_await ports_.claims.reopen(id, ports_.clock.now(), std::move(events)));
    scheduler_.take_up(run);
    co_return as_it_stands(std::move(run));
}

}  // namespace boternity::core
