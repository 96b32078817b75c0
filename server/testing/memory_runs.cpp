// Runs as they go on: what moves them, what they tell each other, who holds them.
#include "testing/memory_state.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

namespace boternity::testing {
namespace {

constexpr const char* kNoRun = "There is no such run; list the runs.";

}  // namespace

Result<core::Run*> MemoryState::held(RunId id, int attempt) {
    const auto found = runs_.find(id);
    if (found == runs_.end()) return fail(not_found(kNoRun));
    if (core::has_ended(found->second.state))
        return fail(ErrorCode::WrongState, "The run has already ended; nothing was changed.");
    if (found->second.attempt != attempt)
        return fail(ErrorCode::WrongState, "Another attempt holds the run; nothing was changed.");
    return &found->second;
}

Result<core::Receipt> MemoryState::begin_fork(RunId original, const core::DecideFork& decide,
                                              const core::Mutation& mutation) {
    core::Events events;
    return once(mutation, events, [&]() -> Result<std::string> {
        const auto found = runs_.find(original);
        if (found == runs_.end()) return fail(not_found(kNoRun));
        const core::Bot* bot = living(found->second.bot);
        if (bot == nullptr) return fail(not_found("The run's bot has been deleted."));
        BOT_TRY(begun, decide({.run = found->second, .steps = steps(original).value(), .bot = *bot}));
        if (begun.bot_update && !move_bot(*begun.bot_update)) {
            std::erase_if(begun.events, [](const core::Event& event) {
                return std::holds_alternative<core::BotStateChanged>(event);
            });
        }
        for (const auto& [key, entries] : std::map(workspaces_)) {
            if (key.first != found->second.root) continue;
            for (core::WorkspaceEntry entry : entries) {
                if (entry.written_at > begun.workspace_until) break;
                entry.root = begun.run.root;
                workspaces_[{entry.root, entry.path}].push_back(std::move(entry));
            }
        }
        for (const auto& step : begun.steps) steps_[{step.run, step.position}] = step;
        runs_[begun.run.id] = begun.run;
        owners_[begun.run.id] = owner_;
        events = std::move(begun.events);
        return begun.run.id.text();
    });
}

Status MemoryState::accepts(const core::AgentMessage& message) const {
    if (message.kind != core::AgentMessageKind::Text) return {};
    int unread = 0;
    if (const auto inbox = agent_messages_.find(message.to); inbox != agent_messages_.end()) {
        for (const auto& other : inbox->second) {
            const bool text = other.kind == core::AgentMessageKind::Text;
            if (text && !taken_.contains({message.to, other.position})) ++unread;
        }
    }
    if (unread < core::RunJournal::kMaxUnread) return {};
    return fail(ErrorCode::RateLimited, "Its inbox is full.");
}

void MemoryState::add(core::AgentMessage message) {
    auto& inbox = agent_messages_[message.to];
    message.position = static_cast<int>(inbox.size()) + 1;
    inbox.push_back(std::move(message));
}

Status MemoryState::append(const core::RunAppend& moved) {
    BOT_TRY(run, held(moved.run, moved.attempt));
    for (const auto& entry : moved.written) {
        const auto& known = workspaces_[{entry.root, entry.path}];
        if (entry.change == core::WorkspaceChange::Write && entry.base != static_cast<int>(known.size()))
            return fail(ErrorCode::StaleEtag, "The file was changed meanwhile.");
    }
    for (const auto& message : moved.sent) BOT_CHECK(accepts(message));
    for (auto entry : moved.written) {
        auto& known = workspaces_[{entry.root, entry.path}];
        entry.version = static_cast<int>(known.size()) + 1;
        known.push_back(std::move(entry));
    }
    for (const auto& message : moved.sent) add(message);
    for (const auto& agent : moved.agents) {
        runs_[agent.run.id] = agent.run;
        owners_[agent.run.id] = owner_;
        steps_[{agent.run.id, agent.step.position}] = agent.step;
    }
    for (const auto& taken : moved.taken) taken_.try_emplace({moved.run, taken.position}, taken.step);
    for (const auto& step : moved.steps) {
        steps_[{step.run, step.position}] = step;
        if (step.state != core::StepState::Intended) run->crashes = 0;
    }
    if (moved.state) run->state = *moved.state;
    run->moved_at = clock_.now();
    announce(moved.events);
    return {};
}

Result<core::Message> MemoryState::end(const core::RunEnd& ended) {
    BOT_TRY(run, held(ended.run.id, ended.run.attempt));
    core::Message message;
    if (ended.message) message = add_message(sessions_.at(run->session), *ended.message);
    run->state = ended.run.state;
    run->output_message = ended.message ? std::optional(message.id) : ended.run.output_message;
    run->usage = ended.run.usage;
    run->stop_reason = ended.run.stop_reason;
    run->context_cut = ended.run.context_cut;
    run->error = ended.run.error;
    run->started_at = ended.run.started_at;
    run->ended_at = ended.run.ended_at;
    run->moved_at = clock_.now();
    run->crashes = 0;
    owners_.erase(run->id);
    for (const auto& step : ended.steps) steps_[{step.run, step.position}] = step;
    if (ended.result) add(*ended.result);
    announce(ended.events);
    return message;
}

Result<core::Step> MemoryState::decide(const core::Decided& decided, const core::Mutation& mutation) {
    const auto found = steps_.find({decided.run, decided.step});
    const bool there = found != steps_.end() && found->second.kind() == core::StepKind::Decision;
    auto receipt = once(mutation, decided.events, [&]() -> Result<std::string> {
        if (!there) return fail(not_found("The run has no such decision."));
        if (found->second.state != core::StepState::Intended || core::has_ended(runs_.at(decided.run).state))
            return fail(ErrorCode::WrongState, "This has been decided already; nothing was changed.");
        found->second.state = core::StepState::Done;
        found->second.output = decided.output;
        found->second.ended_at = decided.at;
        runs_.at(decided.run).moved_at = clock_.now();
        runs_.at(decided.run).crashes = 0;
        return std::to_string(decided.step);
    });
    if (!receipt) return fail(std::move(receipt).error());
    return found->second;
}

Result<std::vector<core::Run>> MemoryState::tree(RunId id) const {
    BOT_TRY(top, run(id));
    std::vector<core::Run> below;
    for (const auto& [other, one] : runs_)
        if (one.root == top.root && one.depth > 0) below.push_back(one);
    std::ranges::sort(below, {}, [](const core::Run& one) { return std::pair(one.depth, one.id); });
    std::set<RunId> inside{id};
    std::vector<core::Run> tree{std::move(top)};
    for (auto& one : below) {
        if (!one.parent || !inside.contains(*one.parent)) continue;
        inside.insert(one.id);
        tree.push_back(std::move(one));
    }
    return tree;
}

Result<std::vector<core::AgentMessage>> MemoryState::inbox(RunId run) const {
    std::vector<core::AgentMessage> unread;
    const auto found = agent_messages_.find(run);
    if (found == agent_messages_.end()) return unread;
    for (const auto& message : found->second)
        if (!taken_.contains({run, message.position})) unread.push_back(message);
    return unread;
}

Result<std::vector<core::Run>> MemoryState::claim_unfinished(std::string owner) {
    std::vector<core::Run> claimed;
    for (auto& [id, run] : runs_) {
        if (core::has_ended(run.state)) continue;
        const bool under_it = owners_.contains(id) && run.state != core::RunState::Waiting;
        const bool suspect = run.crashes >= core::RunClaims::kSuspect;
        if (under_it && (!suspect || run.state == core::RunState::Running)) ++run.crashes;
        if (run.state == core::RunState::Running) run.state = core::RunState::Queued;
        ++run.attempt;
        owners_[id] = owner;
        claimed.push_back(run);
    }
    owner_ = std::move(owner);
    std::ranges::sort(claimed, {},
                      [](const core::Run& run) { return std::tuple(run.depth, run.input_position, run.id); });
    return claimed;
}

Result<core::Run> MemoryState::reopen(RunId id, Timestamp now, const core::Events& events) {
    const auto found = runs_.find(id);
    if (found == runs_.end()) return fail(not_found(kNoRun));
    core::Run& run = found->second;
    if (run.state != core::RunState::Failed)
        return fail(ErrorCode::WrongState, "Only a run that has failed can be resumed.");
    run.state = core::RunState::Queued;
    run.error.reset();
    run.stop_reason.reset();
    run.ended_at.reset();
    run.crashes = 0;
    run.moved_at = now;
    ++run.attempt;
    owners_[id] = owner_;
    announce(events);
    return run;
}

Status MemoryState::release(const std::string& owner) {
    std::erase_if(owners_, [&](const auto& held) { return held.second == owner; });
    return {};
}

Result<core::WorkspaceFile> MemoryState::file(RunId root, const std::string& path, int version) const {
    const auto all = entries(root, path);
    const int newest = version == 0 ? static_cast<int>(all.size()) : version;
    if (newest < 1 || newest > static_cast<int>(all.size()))
        return fail(not_found("There is no such file in the workspace."));
    core::WorkspaceFile file{.path = path, .version = newest, .author = all[newest - 1].author};
    for (int i = 0; i < newest; ++i) {
        if (all[i].change == core::WorkspaceChange::Write) file.text.clear();
        file.text += all[i].text;
    }
    return file;
}

std::vector<core::WorkspacePath> MemoryState::files(RunId root) const {
    std::vector<core::WorkspacePath> paths;
    for (const auto& [key, all] : workspaces_) {
        if (key.first != root || all.empty()) continue;
        const auto newest = file(root, key.second, 0).value();
        paths.push_back({.path = key.second,
                         .version = newest.version,
                         .bytes = newest.text.size(),
                         .author = newest.author,
                         .written_at = all.back().written_at});
    }
    return paths;
}

std::vector<core::WorkspaceEntry> MemoryState::entries(RunId root, const std::string& path) const {
    const auto found = workspaces_.find({root, path});
    return found == workspaces_.end() ? std::vector<core::WorkspaceEntry>{} : found->second;
}

}  // namespace boternity::testing
