#pragma once

#include "core/agents/agent_tools.hpp"
#include "core/agents/fork_service.hpp"
#include "core/agents/run_scheduler.hpp"
#include "core/agents/run_service.hpp"
#include "core/agents/turn_service.hpp"
#include "core/attachments/attachment_service.hpp"
#include "core/bots/bot_service.hpp"
#include "core/bots/soul_service.hpp"
#include "core/events/bus.hpp"
#include "core/sessions/session_service.hpp"
#include "testing/captured_log.hpp"
#include "testing/fake_tool.hpp"
#include "testing/loose_schemas.hpp"
#include "testing/manual_clock.hpp"
#include "testing/memory_store.hpp"
#include "testing/run_task.hpp"
#include "testing/scripted_llm.hpp"
#include "testing/sequential_ids.hpp"

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace boternity::core {

/// The services over fakes, on one thread that tests drive.
struct Platform {
    asio::io_context io;
    testing::ManualClock clock;
    testing::SequentialIds ids;
    testing::CapturedLog log;
    testing::MemoryStore store{clock};
    std::shared_ptr<testing::ScriptedLlm> llm = std::make_shared<testing::ScriptedLlm>();
    ModelDirectory models{store.providers(), store.receipts(), clock, ids, log, "fake/scripted"};
    EventBus bus;
    TaskScope scope{"runs", log};
    testing::LooseSchemas schemas;
    Toolbox tools{schemas};
    BotService bots{store.bots(),
                    store.receipts(),
                    clock,
                    ids,
                    [this](const std::string& model) -> Status {
                        if (auto known = models.resolve(model); !known) return fail(known.error());
                        return {};
                    },
                    [this](const std::vector<std::string>& grants) { return tools.check(grants); },
                    "fake/scripted"};
    SoulService souls{store.bots(), store.souls(), store.receipts(), clock};
    AttachmentService attachments{store.attachments(), clock, ids};
    SessionService sessions{store.bots(), store.sessions(), store.receipts(), clock, ids};
    RunPorts ports{store.bots(),
                   store.sessions(),
                   store.journal(),
                   store.records(),
                   store.claims(),
                   store.workspaces(),
                   store.receipts(),
                   store.attachments(),
                   models,
                   tools,
                   clock,
                   ids,
                   log,
                   {.tries = 3, .first_pause = std::chrono::milliseconds(2)}};
    RunScheduler scheduler{ports, io.get_executor(), scope};
    RunService runs{ports, scheduler};
    TurnService turns{ports, scheduler, runs};
    ForkService forks{ports, store.souls(), scheduler, runs};

    Platform() {
        models.add_builtin({.name = "fake", .kind = "fake"}, llm);
        store.on_events([this](EventRecords records) { bus.publish(std::move(records)); });
        bus.subscribe([this](const EventRecord& event) { scheduler.on_event(event.what); });
        for (auto& tool : agent_tools({models, store.records(), clock, ids}, tools))
            static_cast<void>(tools.add(std::move(tool)));
        static_cast<void>(tools.add(ask_person_tool()));
    }

    ~Platform() {
        // Ends what a failed test left behind, so that nothing refers to members that are gone.
        scope.stop_and_wait(Deadline{std::chrono::steady_clock::time_point{}});
        testing::run_until(io, [this] { return scope.running() == 0; });
    }

    template <class T>
    T run(Task<T> task) {
        return testing::run_task(io, std::move(task));
    }

    Bot bot(std::string name = "Ada") { return *run(bots.create({.name = std::move(name)}, {})); }
    /// A bot that may use these tools.
    Bot bot_with(std::vector<std::string> grants, BotSettings settings = {}) {
        settings.tools = std::move(grants);
        return *run(bots.create({.name = "Ada " + ids.next().text(), .settings = std::move(settings)}, {}));
    }
    Session session(const Bot& of) { return *run(sessions.create(BotRef{of.id.text()}, "", {})); }

    /// A new bot's first session.
    Session session() { return session(bot()); }

    Result<Run> say(const Session& session, std::string text, std::string key = {},
                    std::vector<std::string> files = {}) {
        CallContext context;
        if (!key.empty()) context.mutation = {.key = key, .operation = "say", .fingerprint = text};
        return run(turns.say(session.id.text(), {.text = std::move(text), .attachments = std::move(files)},
                             context));
    }

    /// A tool that is there for bots whose settings name it.
    std::shared_ptr<testing::FakeTool> tool(std::string name, bool idempotent = true) {
        auto made = std::make_shared<testing::FakeTool>(std::move(name), idempotent);
        if (!tools.add(made)) throw std::runtime_error("no such tool can be made");
        return made;
    }

    std::vector<Step> steps(const Run& of) { return *run(runs.steps(of.id.text())); }

    Result<Message> answer(const Run& of) { return run(turns.answer(of.id.text(), {})); }

    /// All events above `after`, read to the end.
    std::vector<RunEvent> events(const Run& of, std::uint32_t after = 0) {
        return run(read_all(of.id.text(), after));
    }

    /// All events, gathered as they happen from now on.
    std::shared_ptr<std::vector<RunEvent>> watch(const Run& of) {
        auto told = std::make_shared<std::vector<RunEvent>>();
        scope.start("watch", io.get_executor(), gather(of.id.text(), told));
        return told;
    }

private:
    Task<Status> gather(std::string run, std::shared_ptr<std::vector<RunEvent>> told) {
        auto all = co_await read_all(run, 0);
        *told = std::move(all);
        co_return Status{};
    }

    Task<std::vector<RunEvent>> read_all(std::string run, std::uint32_t after) {
        std::vector<RunEvent> all;
        auto reader = co_await runs.events(run, after);
        if (!reader) co_return all;
        for (;;) {
            auto batch = co_await reader->next(Deadline::never(), {});
            if (!batch || batch->empty()) co_return all;
            all.insert(all.end(), batch->begin(), batch->end());
            if (std::holds_alternative<RunFinished>(all.back().what)) co_return all;
        }
    }
};

/// Another process over the same store, after the first one ended in whatever way.
struct NextServer {
    Platform& before;
    TaskScope scope{"after", before.log};
    RunScheduler scheduler{before.ports, before.io.get_executor(), scope};
    RunService runs{before.ports, scheduler};
    TurnService turns{before.ports, scheduler, runs};
    ForkService forks{before.ports, before.store.souls(), scheduler, runs};

    explicit NextServer(Platform& platform) : before(platform) {}
    ~NextServer() {
        scope.stop_and_wait(Deadline{std::chrono::steady_clock::time_point{}});
        idle();
    }

    int recover() { return before.run(scheduler.recover(before.ids.next().text())).value_or(-1); }
    void idle() {
        testing::run_until(before.io, [this] { return scope.running() == 0; });
    }
};

inline std::string text_of(const std::vector<RunEvent>& events) {
    std::string text;
    for (const auto& event : events) {
        if (const auto* delta = std::get_if<RunDelta>(&event.what)) text += delta->text;
    }
    return text;
}

}  // namespace boternity::core
