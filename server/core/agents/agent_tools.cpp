#include "core/agents/agent_tools.hpp"

#include "core/agents/conversation.hpp"
#include "core/agents/next_action.hpp"
#include "core/agents/tool_rules.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

namespace boternity::core {
namespace {

using Answer = std::expected<RuntimeAnswer, ToolError>;

constexpr std::size_t kMaxTask = 64 * 1024;
constexpr std::string_view kParent = "parent";
constexpr std::int64_t kLonelyWait = 60;  // seconds

bool holds(const std::vector<RunId>& runs, RunId run) noexcept {
    return std::ranges::find(runs, run) != runs.end();
}

Answer refuse(std::string why) {
    return tell_model({.code = ErrorCode::InvalidArgument, .message = std::move(why)});
}

RuntimeAnswer say(std::string text) {
    return {.output = {.text = std::move(text)}};
}

/// The agents of a run, by its journal.
class Agents {
public:
    explicit Agents(const std::vector<Step>& steps) : unheard_(unheard_agents(steps)) {
        for (const Step& step : steps) {
            const auto* output = std::get_if<ToolOutput>(&step.output);
            if (output != nullptr && output->agent) spawned_.push_back(*output->agent);
        }
    }

    std::size_t spawned() const noexcept { return spawned_.size(); }
    /// Those that are at work, or whose last word the run has not taken.
    const std::vector<RunId>& unheard() const noexcept { return unheard_; }

    /// The newest of that name.
    std::optional<RunId> find(std::string_view name) const {
        for (auto agent = spawned_.rbegin(); agent != spawned_.rend(); ++agent)
            if (agent->name == name) return agent->run;
        return std::nullopt;
    }

    /// The one of that name that is at work; else what the model is told.
    std::expected<RunId, ToolError> at_work(std::string_view name) const {
        const auto agent = find(name);
        if (agent && holds(unheard_, *agent)) return *agent;
        return tell_model(invalid_argument(
            fmt::format("No agent {} of yours is at work; at work: {}.", name, names_of(unheard_))));
    }

    std::string names_of(const std::vector<RunId>& only) const {
        std::string names;
        for (const auto& agent : spawned_) {
            if (!holds(only, agent.run)) continue;
            names += (names.empty() ? "" : ", ") + agent.name;
        }
        return names.empty() ? "none" : names;
    }

private:
    std::vector<SpawnedAgent> spawned_;
    std::vector<RunId> unheard_;
};

bool is_agent_name(std::string_view name) noexcept {
    const auto fits = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
    };
    return !name.empty() && name.size() <= 40 && name != kParent && std::ranges::all_of(name, fits);
}

class SpawnTool final : public RuntimeTool {
public:
    SpawnTool(AgentToolPorts ports, const Toolbox& tools) : ports_(ports), tools_(tools) {}

    const ToolCard& card() const noexcept override { return card_; }

    Task<Answer> call(CallingRun run, ToolInvocation invocation, CallContext) override {
        co_return spawn(run, invocation);
    }

private:
    Answer spawn(const CallingRun& calling, const ToolInvocation& invocation) const {
        const Run& parent = calling.input->run;
        if (parent.depth >= kDeepestRun) {
            return refuse(fmt::format(
                "You are an agent of depth {}, the deepest there is: do the task yourself.", parent.depth));
        }
        const Agents agents(calling.input->steps);
        if (std::cmp_greater_equal(agents.unheard().size(), ports_.limits.agents)) {
            return refuse(
                fmt::format("{} of your agents are at work, which is the most: call agent_wait first.",
                            agents.unheard().size()));
        }
        std::string name = invocation.arguments.text("name");
        if (name.empty()) name = fmt::format("agent-{}", agents.spawned() + 1);
        if (!is_agent_name(name))
            return refuse("name must be 1 to 40 lower-case letters, digits, - and _, and not \"parent\".");
        if (agents.find(name))
            return refuse(fmt::format("You have spawned an agent {} already; choose another name.", name));
        auto made = begin_of(parent, invocation, name);
        if (!made) return std::unexpected(std::move(made).error());
        RuntimeAnswer answer = say(fmt::format(
            "Agent \"{}\" is at work. Its result comes by itself; agent_wait waits for it.", name));
        answer.output.agent = SpawnedAgent{.run = made->run.id, .name = name};
        answer.effects.agents.push_back(std::move(*made));
        return answer;
    }

    std::expected<AgentBegin, ToolError> begin_of(const Run& parent, const ToolInvocation& invocation,
                                                  const std::string& name) const {
        const Value& wanted = invocation.arguments;
        AgentBrief brief{.name = name,
                         .task = wanted.text("task"),
                         .instructions = wanted.text("instructions"),
                         .workspace = wanted.truth("workspace")};
        if (brief.task.size() + brief.instructions.size() > kMaxTask)
            return tell_model(invalid_argument(
                fmt::format("task and instructions are longer than {} bytes together.", kMaxTask)));
        Run run{.id = ports_.ids.make<RunId>(),
                .parent = parent.id,
                .root = parent.root,
                .depth = parent.depth + 1,
                .bot = parent.bot,
                .session = parent.session,
                .kind = RunKind::Agent,
                .model = wanted.text("model", parent.model),
                .soul_version = parent.soul_version,
                .settings = parent.settings,
                .created_at = ports_.clock.now()};
        run.moved_at = run.created_at;
        auto known = ports_.models.resolve(run.model);
        if (!known) return tell_model(std::move(known).error());
        auto granted = wanted.find("tools") != nullptr
                           ? narrowed(tools_, parent.settings.tools, wanted.texts("tools"))
                           : narrowed(tools_, parent.settings.tools, parent.settings.tools);
        if (!brief.workspace)
            std::erase_if(granted, [](const std::string& tool) { return tool.starts_with("workspace."); });
        if (auto fits = check_calls_tools(granted, run.model, known->card); !fits)
            return tell_model(std::move(fits).error());
        run.settings.tools = std::move(granted);
        if (const auto steps = wanted.integer("max_steps"); steps && *steps > 0) {
            const int own = limits_of(parent, ports_.limits).steps;
            run.settings.max_steps = static_cast<int>(std::min<std::int64_t>(*steps, own));
        }
        run.brief = std::move(brief);
        AgentBegin begin{.run = std::move(run)};
        begin.step = {.run = begin.run.id,
                      .input = ModelInput{.model = begin.run.model},
                      .started_at = begin.run.created_at};
        return begin;
    }

    AgentToolPorts ports_;
    const Toolbox& tools_;
    ToolCard card_{
        .name = "agent.spawn",
        .description =
            "Gives a task to an agent that works beside you. It sees nothing of this conversation "
            "but the task. Its result comes to you by itself. For work that can be done apart from "
            "yours.",
        .parameters = R"({"type":"object","additionalProperties":false,"required":["task"],"properties":{
"task":{"type":"string","minLength":1,"description":"All that the agent needs to know."},
"name":{"type":"string","description":"What you call it: lower-case letters, digits, - and _."},
"instructions":{"type":"string","description":"Its system prompt. Left out: the usual one."},
"model":{"type":"string","description":"PROVIDER/MODEL. Left out: yours."},
"tools":{"type":"array","items":{"type":"string"},"description":"Which of your tools it may use. Left out: all of them."},
"workspace":{"type":"boolean","description":"Whether it shares your workspace."},
"max_steps":{"type":"integer","minimum":1,"description":"How often it may ask its model."}}})",
        .idempotent = true};
};

class SendTool final : public RuntimeTool {
public:
    explicit SendTool(AgentToolPorts ports) : ports_(ports) {}
    const ToolCard& card() const noexcept override { return card_; }

    Task<Answer> call(CallingRun run, ToolInvocation invocation, CallContext) override {
        co_return send(run, invocation);
    }

private:
    Answer send(const CallingRun& calling, const ToolInvocation& invocation) const {
        const Run& run = calling.input->run;
        const std::string to = invocation.arguments.text("to");
        AgentMessage message{.from = run.id,
                             .sender = std::string(kParent),
                             .text = invocation.arguments.text("text"),
                             .sent_at = ports_.clock.now()};
        if (message.text.size() > kMaxTask)
            return refuse(fmt::format("text is longer than {} bytes.", kMaxTask));
        if (to == kParent) {
            if (!run.parent) return refuse("You have no parent; a person reads what you answer.");
            message.to = *run.parent;
            message.sender = run.brief ? run.brief->name : std::string("agent");
        } else {
            const auto agent = Agents(calling.input->steps).at_work(to);
            if (!agent) return std::unexpected(agent.error());
            message.to = *agent;
        }
        RuntimeAnswer answer = say("Sent.");
        answer.effects.sent.push_back(std::move(message));
        return answer;
    }

    AgentToolPorts ports_;
    ToolCard card_{
        .name = "agent.send",
        .description = "Sends a message to one of your agents, or to your parent. It is read when the "
                       "other waits or asks its model next.",
        .parameters = R"({"type":"object","additionalProperties":false,"required":["to","text"],"properties":{
"to":{"type":"string","description":"The agent's name, or \"parent\"."},
"text":{"type":"string","minLength":1}}})",
        .idempotent = true};
};

class WaitTool final : public RuntimeTool {
public:
    explicit WaitTool(AgentToolPorts ports) : ports_(ports) {}
    const ToolCard& card() const noexcept override { return card_; }

    Task<Answer> call(CallingRun run, ToolInvocation invocation, CallContext context) override {
        const Agents agents(run.input->steps);
        auto wanted = wanted_of(agents, invocation.arguments);
        if (!wanted) co_return std::unexpected(std::move(wanted).error());
        if (wanted->empty() && !run.input->run.parent)
            co_return say("You have no agents at work, and nobody else writes to you.");
        Deadline until = context.deadline;
        auto seconds = invocation.arguments.integer("seconds");
        // Only its parent may write, which may itself wait for this run.
        if (wanted->empty() && !seconds) seconds = kLonelyWait;
        if (seconds) {
            const Deadline own = ports_.clock.in(std::chrono::seconds(*seconds));
            until = {std::min(until.at, own.at)};
        }
        for (;;) {
            const auto before = run.live->heard();
            auto reading = ports_.records.inbox(run.input->run.id);
            auto inbox = co_await std::move(reading);
            if (!inbox) co_return stop_run(std::move(inbox).error());
            if (!inbox->empty() && all_heard(*inbox, *wanted)) co_return taken(*inbox);
            if (ports_.clock.steady() < until.at) {
                run.live->stand_still(true);
                auto waiting = run.live->attended(before, until, context.stop);
                const auto woke = co_await std::move(waiting);
                run.live->stand_still(false);
                if (woke == Signal::Woke::Notified) continue;
            }
            // With the time, so that waiting in turns is not taken for standing still.
            if (inbox->empty()) {
                co_return say(fmt::format("Nothing came until {}. Still at work: {}.",
                                          ports_.clock.now().text(), agents.names_of(*wanted)));
            }
            co_return taken(*inbox);
        }
    }

private:
    /// The agents that are waited for; none for whatever comes first.
    static std::expected<std::vector<RunId>, ToolError> wanted_of(const Agents& agents,
                                                                  const Value& arguments) {
        std::vector<RunId> wanted;
        for (const std::string& name : arguments.texts("agents")) {
            auto agent = agents.at_work(name);
            if (!agent) return std::unexpected(std::move(agent).error());
            wanted.push_back(*agent);
        }
        if (wanted.empty()) wanted = agents.unheard();
        return wanted;
    }

    static RuntimeAnswer taken(const std::vector<AgentMessage>& inbox) {
        RuntimeAnswer answer = say(text_of(inbox));
        for (const auto& message : inbox) {
            answer.effects.taken.push_back(message.position);
            if (message.kind != AgentMessageKind::Text) answer.output.heard.push_back(message.from);
        }
        return answer;
    }

    AgentToolPorts ports_;
    ToolCard card_{.name = "agent.wait",
                   .description =
                       "Waits until your agents have ended, or until somebody writes to you, and gives "
                       "you what they say.",
                   .parameters = R"({"type":"object","additionalProperties":false,"properties":{
"agents":{"type":"array","items":{"type":"string"},"description":"Names. Left out: all that are at work."},
"seconds":{"type":"integer","minimum":0,"maximum":86400,"description":"How long at most."}}})",
                   .read_only = false,
                   .idempotent = true};
};

class CancelTool final : public RuntimeTool {
public:
    const ToolCard& card() const noexcept override { return card_; }

    Task<Answer> call(CallingRun run, ToolInvocation invocation, CallContext) override {
        const auto agent = Agents(run.input->steps).at_work(invocation.arguments.text("agent"));
        if (!agent) co_return std::unexpected(agent.error());
        RuntimeAnswer answer = say("It is being stopped; agent_wait tells you how it ended.");
        answer.effects.cancelled.push_back(*agent);
        co_return answer;
    }

private:
    ToolCard card_{.name = "agent.cancel",
                   .description = "Stops one of your agents, with all that it has spawned.",
                   .parameters =
                       R"({"type":"object","additionalProperties":false,"required":["agent"],"properties":{
"agent":{"type":"string","description":"Its name."}}})",
                   .idempotent = true};
};

class AskPersonTool final : public RuntimeTool {
public:
    const ToolCard& card() const noexcept override { return card_; }
    bool asks_person() const noexcept override { return true; }

    /// Its step goes on with the answer to the question; there is nothing to call.
    Task<Answer> call(CallingRun, ToolInvocation, CallContext) override { co_return say(""); }

private:
    ToolCard card_{
        .name = "ask_person",
        .description = "Asks the person you work for, and waits for the answer, which may take days. "
                       "Only for what you cannot find out or decide yourself.",
        .parameters = R"({"type":"object","additionalProperties":false,"required":["question"],"properties":{
"question":{"type":"string","minLength":1,"maxLength":4000},
"options":{"type":"array","maxItems":10,"items":{"type":"string","minLength":1,"maxLength":200},"description":"Answers to choose from. Left out: any text."}}})",
        .idempotent = true};
};

}  // namespace

std::vector<std::shared_ptr<RuntimeTool>> agent_tools(AgentToolPorts ports, const Toolbox& tools) {
    return {std::make_shared<SpawnTool>(ports, tools), std::make_shared<SendTool>(ports),
            std::make_shared<WaitTool>(ports), std::make_shared<CancelTool>()};
}

std::shared_ptr<RuntimeTool> ask_person_tool() {
    return std::make_shared<AskPersonTool>();
}

}  // namespace boternity::core
