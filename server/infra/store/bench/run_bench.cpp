// What runs cost: `run_bench PART FOLDER SECONDS`. Each line is one JSON object.
//   appends   steps a second that 64 runs append at once, durable
//   resume    1,000 runs that a crash left, until the last of them has ended
//   replay    a run of 100 steps, done again from its journal
//   events    what 100 readers of the event bus are told, each event to each
//   agents    10,000 agents that wait: their memory, and what it takes to spawn one
#include "core/events/event_reader.hpp"
#include "infra/store/bench/bench_world.hpp"
#include "testing/begin_turn.hpp"

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <future>
#include <vector>

namespace boternity::infra {
namespace {

using std::chrono::steady_clock;

double seconds_since(steady_clock::time_point start) {
    return std::chrono::duration<double>(steady_clock::now() - start).count();
}

/// Of all threads.
double cpu_seconds() {
    rusage used{};
    ::getrusage(RUSAGE_SELF, &used);
    const auto seconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    };
    return seconds(used.ru_utime) + seconds(used.ru_stime);
}

core::TurnBegin begin_of(BenchWorld& world, const core::Session& session) {
    core::TurnBegin turn;
    turn.run.id = world.ids.make<RunId>();
    turn.run.root = turn.run.id;
    turn.run.bot = session.bot;
    turn.run.session = session.id;
    turn.run.model = "fake/scripted";
    turn.run.created_at = turn.run.moved_at = world.clock.now();
    turn.message.id = world.ids.make<MessageId>();
    turn.message.session = session.id;
    turn.message.run = turn.run.id;
    turn.message.text = std::string(200, 'q');
    turn.run.input_message = turn.message.id;
    turn.step.run = turn.run.id;
    turn.step.input = core::ModelInput{.model = turn.run.model};
    turn.events = {
        core::RunQueued{.run = turn.run.id, .session = session.id, .bot = session.bot, .root = turn.run.id}};
    return turn;
}

core::StepMoved moved(const core::Run& run, const core::Step& step) {
    return {.run = run.id,
            .session = run.session,
            .bot = run.bot,
            .root = run.root,
            .position = step.position,
            .kind = step.kind(),
            .state = step.state,
            .name = "measure"};
}

/// One run that does nothing but append: each time a step is done and the next is intended, as the agent loop
/// does it.
core::Task<Result<long>> append_steps(BenchWorld& world, core::Run run, steady_clock::time_point until) {
    core::Step step{.run = run.id, .input = core::ModelInput{.model = run.model}};
    long done = 0;
    while (steady_clock::now() < until) {
        step.state = core::StepState::Done;
        if (step.kind() == core::StepKind::ToolCall) {
            step.output = core::ToolOutput{.text = std::string(200, 'r')};
        } else {
            step.output = core::ModelOutput{};
        }
        step.ended_at = world.clock.now();
        core::Step next{.run = run.id,
                        .position = step.position + 1,
                        .input =
                            core::ToolInput{.call = "call-1", .tool = "measure", .arguments = R"({"n":1})"},
                        .started_at = world.clock.now()};
        core::RunAppend append{
            .run = run.id, .steps = {step, next}, .events = {moved(run, step), moved(run, next)}};
        auto appended = co_await world.store->journal().append(std::move(append));
        if (!appended) co_return fail(std::move(appended).error());
        step = std::move(next);
        ++done;
    }
    co_return done;
}

void measure_appends(const std::filesystem::path& folder, int seconds) {
    constexpr int kRuns = 64;
    BenchWorld world(folder / "appends");
    const auto bot = world.make_bot({});
    std::vector<core::Run> runs;
    for (int i = 0; i < kRuns; ++i) {
        auto turn = begin_of(world, world.make_session(bot));
        runs.push_back(turn.run);
        world.run(testing::begin_turn(world.store->journal(), std::move(turn), {}));
    }
    for (int repetition = 0; repetition < 3; ++repetition) {
        const auto start = steady_clock::now();
        const double used = cpu_seconds();
        std::vector<std::future<Result<long>>> busy;
        for (auto& run : runs) {
            busy.push_back(boost::asio::co_spawn(
                world.io, append_steps(world, run, start + std::chrono::seconds(seconds)),
                boost::asio::use_future));
        }
        long steps = 0;
        for (auto& one : busy) steps += BenchWorld::value_of(one.get());
        fmt::print("{{\"what\":\"appends\",\"steps_per_second\":{:.0f},\"cpu_us_per_step\":{:.2f}}}\n",
                   static_cast<double>(steps) / seconds_since(start),
                   (cpu_seconds() - used) * 1e6 / static_cast<double>(steps));
        // The next goes on with runs of its own.
        for (auto& run : runs) {
            auto turn = begin_of(world, world.make_session(bot));
            run = turn.run;
            world.run(testing::begin_turn(world.store->journal(), std::move(turn), {}));
        }
    }
}

void measure_resume(const std::filesystem::path& folder) {
    constexpr int kRuns = 1000;
    {
        BenchWorld before(folder / "resume");
        const auto bot = before.make_bot({});
        for (int i = 0; i < kRuns; ++i) {
            before.run(
                testing::begin_turn(before.store->journal(), begin_of(before, before.make_session(bot)), {}));
        }
    }
    const auto start = steady_clock::now();
    BenchWorld world(folder / "resume");
    const double opened = seconds_since(start);
    world.llm->otherwise([](const auto&) { return testing::ScriptedReply::text("Here I am again."); });
    const int taken_up = world.run(world.scheduler.recover("the next server"));
    const double claimed = seconds_since(start);
    while (world.scheduler.active() > 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    if (world.llm->requests().size() != kRuns) throw std::runtime_error("not every run was taken up");
    fmt::print(
        "{{\"what\":\"resume\",\"runs\":{},\"opened_s\":{:.4f},\"claimed_s\":{:.4f},\"ended_s\":{:.4f}}}\n",
        taken_up, opened, claimed, seconds_since(start));
}

void measure_replay(const std::filesystem::path& folder, int seconds) {
    BenchWorld world(folder / "replay");
    const auto session = world.make_session(world.make_bot({"measure"}, {.max_steps = 64}));
    for (int i = 0; i < 49; ++i) {
        world.llm->reply(testing::ScriptedReply::calls({{"measure", fmt::format(R"({{"n":{}}})", i)}},
                                                       "Let me look at that."));
    }
    int count = 0;
    world.tool->answer = [&count](const auto&) {
        return fmt::format("{} {}", ++count, std::string(200, 'r'));
    };
    world.llm->says("That is all.");
    const auto run = world.run(world.turns.say(session.id.text(), {.text = "Begin."}, {}));
    world.run(world.turns.answer(run.id.text(), {}));
    std::vector<double> times;
    const auto until = steady_clock::now() + std::chrono::seconds(seconds);
    int steps = 0;
    while (steady_clock::now() < until || times.size() < 3) {
        const auto start = steady_clock::now();
        const auto report = world.run(world.runs.replay(run.id.text(), {}));
        times.push_back(seconds_since(start) * 1e3);
        if (report.difference) throw std::runtime_error("the replay differs: " + report.difference->what);
        steps = report.steps;
    }
    std::ranges::sort(times);
    fmt::print("{{\"what\":\"replay\",\"steps\":{},\"p50_ms\":{:.3f},\"p99_ms\":{:.3f}}}\n", steps,
               times[times.size() / 2], times[times.size() * 99 / 100]);
}

/// Reads to the last event; answers how many it was told of.
core::Task<Result<std::int64_t>> read_events(core::EventBus& bus, core::EventLog& log, std::int64_t last) {
    core::EventReader reader(bus, log, {}, 0);
    std::int64_t told = 0;
    for (std::int64_t place = 0; place < last;) {
        auto items = co_await reader.next(Deadline::never(), {});
        if (!items) co_return fail(std::move(items).error());
        told += std::ssize(*items);
        place = items->back().id;
    }
    co_return told - 1;  // the first says that it was opened
}

/// Nobody falls behind, so nobody comes here.
struct NoLog final : core::EventLog {
    core::Task<Result<core::EventPage>> read(std::int64_t, int) override {
        co_return fail(internal_error("a reader fell behind the ring"));
    }
};

void measure_events(int seconds) {
    constexpr int kReaders = 100;
    constexpr std::int64_t kGroup = 64;  // as many as one commit of a busy store tells of
    const std::int64_t groups = 400 * seconds;
    for (int repetition = 0; repetition < 3; ++repetition) {
        boost::asio::thread_pool io(1);
        core::EventBus bus;
        NoLog log;
        std::vector<std::future<Result<std::int64_t>>> readers;
        for (int i = 0; i < kReaders; ++i) {
            readers.push_back(boost::asio::co_spawn(boost::asio::make_strand(io),
                                                    read_events(bus, log, groups * kGroup),
                                                    boost::asio::use_future));
        }
        const auto start = steady_clock::now();
        std::int64_t id = 0;
        for (std::int64_t group = 0; group < groups; ++group) {
            core::EventRecords records;
            for (int i = 0; i < kGroup; ++i)
                records.push_back({.id = ++id, .what = core::StepMoved{.position = i}});
            bus.publish(std::move(records));
            // A store commits between two groups; readers that are woken read meanwhile.
            if (group % 16 == 15) boost::asio::post(io, boost::asio::use_future).get();
        }
        std::int64_t told = 0;
        for (auto& reader : readers) told += BenchWorld::value_of(reader.get());
        if (told != kReaders * groups * kGroup) throw std::runtime_error("an event was lost");
        fmt::print("{{\"what\":\"events\",\"deliveries_per_second\":{:.0f}}}\n",
                   static_cast<double>(told) / seconds_since(start));
        io.join();
    }
}

long resident_kib() {
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);) {
        if (line.starts_with("VmRSS:")) return std::atol(line.c_str() + 6);
    }
    return 0;
}

/// Agents of one turn, each of which asks a person and waits.
void measure_agents(const std::filesystem::path& folder) {
    constexpr int kAgents = 10'000;
    BenchWorld world(folder / "agents");
    world.llm->otherwise([](const auto&) {
        return testing::ScriptedReply::calls({{"ask_person", R"({"question":"May I?"})"}});
    });
    const auto session = world.make_session(world.make_bot({"ask_person"}));
    const auto root = world.run(world.turns.say(session.id.text(), {.text = "Begin."}, {}));
    while (world.scheduler.moving() > 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));

    std::vector<core::AgentBegin> agents;
    for (int i = 0; i < kAgents; ++i) {
        core::Run run{.id = world.ids.make<RunId>(),
                      .parent = root.id,
                      .root = root.id,
                      .depth = 1,
                      .bot = root.bot,
                      .session = root.session,
                      .kind = core::RunKind::Agent,
                      .model = root.model,
                      .settings = root.settings,
                      .brief = core::AgentBrief{.name = fmt::format("agent-{}", i), .task = "Ask and wait."},
                      .created_at = world.clock.now(),
                      .moved_at = world.clock.now()};
        core::Step step{.run = run.id, .input = core::ModelInput{.model = run.model}};
        agents.push_back({.run = std::move(run), .step = std::move(step)});
    }
    for (const auto& agent : agents) {
        const core::RunAppend append{.run = root.id, .agents = {agent}};
        const auto appended = world.run_plain(world.store->journal().append(append));
        if (!appended) throw std::runtime_error(appended.error().message);
    }
    const long before = resident_kib();
    const auto start = steady_clock::now();
    for (const auto& agent : agents) world.scheduler.begin(agent.run);
    const double spawned = seconds_since(start);
    while (world.scheduler.moving() > 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    fmt::print("{{\"what\":\"agents\",\"agents\":{},\"spawn_us\":{:.2f},\"waiting_s\":{:.3f},\"resident_"
               "mib\":{:.1f}}}\n",
               world.scheduler.active(), spawned / kAgents * 1e6, seconds_since(start),
               static_cast<double>(resident_kib() - before) / 1024);
}

int run(const std::string& part, const std::filesystem::path& folder, int seconds) {
    std::filesystem::create_directories(folder);
    if (part == "appends") {
        measure_appends(folder, seconds);
    } else if (part == "resume") {
        measure_resume(folder);
    } else if (part == "replay") {
        measure_replay(folder, seconds);
    } else if (part == "events") {
        measure_events(seconds);
    } else if (part == "agents") {
        measure_agents(folder);
    } else {
        fmt::print(stderr, "run_bench appends|resume|replay|events|agents FOLDER SECONDS\n");
        return 2;
    }
    return 0;
}

}  // namespace
}  // namespace boternity::infra

int main(int count, char** arguments) {
    if (count < 2) return boternity::infra::run("", ".", 0);
    try {
        return boternity::infra::run(arguments[1], count > 2 ? arguments[2] : "run_bench_data",
                                     count > 3 ? std::max(1, std::atoi(arguments[3])) : 2);
    } catch (const std::exception& thrown) {
        fmt::print(stderr, "{}\n", thrown.what());
        return 1;
    }
}
