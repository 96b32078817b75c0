#pragma once

#include "core/agents/agent_tools.hpp"
#include "core/agents/run_scheduler.hpp"
#include "core/agents/run_service.hpp"
#include "core/agents/turn_service.hpp"
#include "core/bots/bot_service.hpp"
#include "core/events/bus.hpp"
#include "core/sessions/session_service.hpp"
#include "infra/store/bench/bench_ports.hpp"
#include "infra/store/sqlite_store.hpp"
#include "testing/fake_tool.hpp"
#include "testing/loose_schemas.hpp"
#include "testing/run_task.hpp"
#include "testing/scripted_llm.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_future.hpp>

#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

namespace boternity::infra {

/// The runtime of a server over the real store, with a model that answers at once: what is measured is ours.
struct BenchWorld {
    BenchClock clock;
    BenchIds ids;
    Silence log;
    core::EventBus bus;
    std::unique_ptr<SqliteStore> store;
    boost::asio::thread_pool io{1};
    std::shared_ptr<testing::ScriptedLlm> llm = std::make_shared<testing::ScriptedLlm>();
    core::ModelDirectory models;
    testing::LooseSchemas schemas;
    core::Toolbox tools{schemas};
    std::shared_ptr<testing::FakeTool> tool = std::make_shared<testing::FakeTool>("measure");
    core::TaskScope scope{"runs", log};
    core::BotService bots;
    core::SessionService sessions;
    core::RunPorts ports;
    core::RunScheduler scheduler{ports, io.get_executor(), scope};
    core::RunService runs{ports, scheduler};
    core::TurnService turns{ports, scheduler, runs};

    explicit BenchWorld(const std::filesystem::path& data)
        : store(open_store(data, log, clock, bus)),
          models(store->providers(), store->receipts(), clock, ids, log, "fake/scripted"),
          bots(
              store->bots(), store->receipts(), clock, ids, [](const std::string&) { return Status{}; },
              [](const std::vector<std::string>&) { return Status{}; }, "fake/scripted"),
          sessions(store->bots(), store->sessions(), store->receipts(), clock, ids),
          ports{store->bots(),
                store->sessions(),
                store->journal(),
                store->records(),
                store->claims(),
                store->workspaces(),
                store->receipts(),
                store->attachments(),
                models,
                tools,
                clock,
                ids,
                log,
                {},
                {.agents = 100'000}} {
        models.add_builtin({.name = "fake", .kind = "fake"}, llm);
        static_cast<void>(tools.add(tool));
        for (auto& agent_tool :
             core::agent_tools({models, store->records(), clock, ids, ports.limits}, tools))
            static_cast<void>(tools.add(std::move(agent_tool)));
        static_cast<void>(tools.add(core::ask_person_tool()));
    }

    ~BenchWorld() {
        scope.stop_and_wait(clock.in(std::chrono::seconds(10)));
        store->close();
        io.stop();
        io.join();
    }

    /// On an io thread, waiting here; throws what went wrong.
    template <class T>
    T run(core::Task<Result<T>> task) {
        return value_of(run_plain(std::move(task)));
    }

    template <class T>
    T run_plain(core::Task<T> task) {
        return boost::asio::co_spawn(io, std::move(task), boost::asio::use_future).get();
    }

    template <class T>
    static T value_of(Result<T> result) {
        if (!result) throw std::runtime_error(result.error().message + " " + result.error().detail);
        return std::move(*result);
    }

    core::Bot make_bot(std::vector<std::string> grants, core::BotSettings settings = {}) {
        settings.tools = std::move(grants);
        return run(bots.create({.name = "Bot " + ids.next().text(), .settings = std::move(settings)}, {}));
    }

    core::Session make_session(const core::Bot& bot) {
        return run(sessions.create(core::BotRef{bot.id.text()}, "", {}));
    }

private:
    static std::unique_ptr<SqliteStore> open_store(const std::filesystem::path& data, core::Log& log,
                                                   core::Clock& clock, core::EventBus& bus) {
        return value_of(SqliteStore::open_blocking({
            .data_folder = data,
            .log = log,
            .clock = clock,
            .on_events = [&bus](core::EventRecords records) { bus.publish(std::move(records)); },
        }));
    }
};

}  // namespace boternity::infra
