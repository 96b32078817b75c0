#include "infra/store/soci/records.hpp"

#include "infra/store/soci/agent_messages.hpp"
#include "infra/store/soci/runs.hpp"
#include "infra/store/soci/sessions.hpp"
#include "infra/store/soci/souls.hpp"
#include "infra/store/soci/steps.hpp"

#include <set>

namespace boternity::infra::store {
namespace {

Error no_such_run() {
    return not_found("There is no such run; list the runs to see them.");
}

Result<core::Run> find_run(Change change, RunId id) {
    if (auto run = load_run(change, id)) return *std::move(run);
    return fail(no_such_run());
}

/// What a turn or a fork answers, and what was said before it.
Status read_turn(Change change, core::RunInput& input, std::size_t history_bytes) {
    const core::Run& run = input.run;
    BOT_TRY(soul, load_soul(change, run.bot, run.soul_version));
    input.soul = std::move(soul.text);
    if (!run.input_message) return fail(internal_error("a turn without its message"));
    BOT_TRY(message, load_message(change, *run.input_message));
    input.message = std::move(message);
    if (run.forked_from && !run.forked_from->message.empty()) input.message.text = run.forked_from->message;
    if (run.input_position <= 1) return {};
    const auto session = load_session(change, run.session);
    if (!session) return fail(internal_error("a run without its session"));
    auto history = load_history(change, *session, run.input_position, history_bytes);
    input.history = std::move(history.messages);
    input.history_total = history.total;
    return {};
}

Result<core::RunInput> read_input(Change change, RunId id, std::size_t history_bytes) {
    core::RunInput input;
    BOT_TRY(run, find_run(change, id));
    input.run = std::move(run);
    if (input.run.kind != core::RunKind::Agent) {
        BOT_CHECK(read_turn(change, input, history_bytes));
    } else {
        input = core::input_of_agent(std::move(input.run));
    }
    BOT_TRY(steps, load_steps(change, id));
    input.steps = std::move(steps);
    input.inbox = load_inbox(change, id);
    return input;
}

Result<std::vector<core::Run>> read_tree(Change change, RunId id) {
    BOT_TRY(top, find_run(change, id));
    std::set<RunId> inside{id};
    std::vector<core::Run> tree;
    const RunId root = top.root;
    tree.push_back(std::move(top));
    for (auto& agent : load_agents_of(change, root)) {
        if (!agent.parent || !inside.contains(*agent.parent)) continue;
        inside.insert(agent.id);
        tree.push_back(std::move(agent));
    }
    return tree;
}

}  // namespace

core::Task<Result<core::Run>> SociRunRecords::find(RunId id) {
    return transactions_.read<core::Run>([=](Change change) { return find_run(change, id); });
}

core::Task<Result<Page<core::Run>>> SociRunRecords::list(core::RunFilter filter, PageRequest page) {
    return transactions_.read<Page<core::Run>>(
        [=](Change change) { return list_runs(change, filter, page); });
}

core::Task<Result<std::vector<core::Run>>> SociRunRecords::tree(RunId run) {
    return transactions_.read<std::vector<core::Run>>([=](Change change) { return read_tree(change, run); });
}

core::Task<Result<std::vector<core::Step>>> SociRunRecords::steps(RunId run) {
    return transactions_.read<std::vector<core::Step>>([=](Change change) -> Result<std::vector<core::Step>> {
        if (!load_hold(change, run)) return fail(no_such_run());
        return load_steps(change, run);
    });
}

core::Task<Result<std::vector<core::AgentMessage>>> SociRunRecords::inbox(RunId run) {
    return transactions_.read<std::vector<core::AgentMessage>>(
        [=](Change change) -> Result<std::vector<core::AgentMessage>> { return load_inbox(change, run); });
}

core::Task<Result<core::RunInput>> SociRunRecords::input(RunId run, std::size_t history_bytes) {
    return transactions_.read<core::RunInput>(
        [=](Change change) { return read_input(change, run, history_bytes); });
}

}  // namespace boternity::infra::store
