// How many turns the store takes: each begins (message, run, step, event) and ends (answer, step, event),
// both durable. Usage: store_bench [FOLDER [SECONDS]]. After each line for people comes one of JSON.
#include "infra/store/bench/bench_ports.hpp"
#include "infra/store/sqlite_store.hpp"
#include "testing/begin_turn.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

namespace boternity::infra {
namespace {

using std::chrono::steady_clock;

Uuid make_id() {
    static std::uint64_t count = 0;
    return Uuid::v7(1'767'225'600'000 + ++count, {});
}

struct Client {
    core::Session session{};
    std::vector<double> begin_ms{};
    std::vector<double> end_ms{};
};

double ms_since(steady_clock::time_point start) {
    return std::chrono::duration<double, std::milli>(steady_clock::now() - start).count();
}

core::TurnBegin make_begin(const core::Session& session, Timestamp now) {
    core::TurnBegin turn;
    turn.run.id = RunId{make_id()};
    turn.run.root = turn.run.id;
    turn.run.bot = session.bot;
    turn.run.session = session.id;
    turn.run.model = "local/small";
    turn.run.created_at = now;
    turn.message.id = MessageId{make_id()};
    turn.message.session = session.id;
    turn.message.run = turn.run.id;
    turn.message.text = std::string(200, 'q');
    turn.run.input_message = turn.message.id;
    turn.step.run = turn.run.id;
    turn.events = {
        core::RunQueued{.run = turn.run.id, .session = session.id, .bot = session.bot, .root = turn.run.id}};
    return turn;
}

core::RunEnd make_end(const core::TurnBegin& begun, Timestamp now) {
    core::RunEnd end;
    end.run = begun.run;
    end.run.state = core::RunState::Completed;
    end.run.ended_at = now;
    end.message = begun.message;
    end.message->id = MessageId{make_id()};
    end.message->role = core::Role::Assistant;
    end.message->text = std::string(800, 'a');
    core::Step step = begun.step;
    step.state = core::StepState::Done;
    core::ModelOutput output{.parts = {core::TextPart{.text = end.message->text}}};
    output.pieces.assign(160, 5);
    step.output = std::move(output);
    end.steps = {std::move(step)};
    end.events = {core::RunEnded{.run = begun.run.id,
                                 .session = begun.run.session,
                                 .bot = begun.run.bot,
                                 .root = begun.run.id,
                                 .state = end.run.state}};
    return end;
}

core::Task<void> talk(SqliteStore& store, const core::Clock& clock, Client& client, Deadline until) {
    while (clock.steady() < until.at) {
        core::TurnBegin turn = make_begin(client.session, clock.now());
        core::Mutation mutation{turn.run.id.text(), "SendMessage", "f"};
        auto start = steady_clock::now();
        const auto begun = co_await boternity::testing::begin_turn(store.journal(), turn, mutation);
        client.begin_ms.push_back(ms_since(start));
        core::RunEnd end = make_end(turn, clock.now());
        start = steady_clock::now();
        const auto ended = co_await store.journal().end(end);
        client.end_ms.push_back(ms_since(start));
        if (!begun || !ended) std::abort();
    }
}

core::Task<void> make_sessions(SqliteStore& store, std::vector<Client>& clients) {
    core::Bot bot;
    bot.id = BotId{make_id()};
    bot.slug = bot.id.text();
    core::Soul soul;
    soul.bot = bot.id;
    core::Events events;
    core::Mutation mutation;
    const auto added = co_await store.bots().insert(bot, soul, events, mutation);
    if (!added) std::abort();
    for (Client& client : clients) {
        client.session.id = SessionId{make_id()};
        client.session.bot = bot.id;
        core::Session session = client.session;
        const auto made = co_await store.sessions().insert(session, events, mutation);
        if (!made) std::abort();
    }
}

double at(std::vector<double>& all, double part) {
    std::sort(all.begin(), all.end());
    return all.empty() ? 0 : all[static_cast<std::size_t>(part * static_cast<double>(all.size() - 1))];
}

/// What one 4 KiB append and fsync costs here: the floor under every acknowledgement.
double fsync_ms(const std::filesystem::path& folder) {
    const int file = ::open((folder / "fsync").c_str(), O_CREAT | O_WRONLY | O_TRUNC, 0600);
    const std::string page(4096, 'x');
    std::vector<double> all;
    for (int i = 0; i < 200; ++i) {
        const auto start = steady_clock::now();
        if (::write(file, page.data(), page.size()) < 0 || ::fdatasync(file) != 0) std::abort();
        all.push_back(ms_since(start));
    }
    ::close(file);
    return at(all, 0.5);
}

void measure(SqliteStore& store, const core::Clock& clock, std::size_t clients_wanted,
             std::chrono::seconds time) {
    std::vector<Client> clients(clients_wanted);
    boost::asio::io_context io;
    boost::asio::co_spawn(io, make_sessions(store, clients), [](std::exception_ptr) {});
    io.run();
    io.restart();
    const auto start = steady_clock::now();
    const Deadline until = clock.in(time);
    for (Client& client : clients) {
        boost::asio::co_spawn(io, talk(store, clock, client, until), [](std::exception_ptr) {});
    }
    io.run();
    const double seconds = ms_since(start) / 1000;
    std::vector<double> begins;
    std::vector<double> turns;
    for (const Client& client : clients) {
        begins.insert(begins.end(), client.begin_ms.begin(), client.begin_ms.end());
        for (std::size_t i = 0; i < client.end_ms.size(); ++i) {
            turns.push_back(client.begin_ms[i] + client.end_ms[i]);
        }
    }
    const double rate = static_cast<double>(turns.size()) / seconds;
    fmt::print(
        "{:>3} clients: {:>7.0f} turns/s   begin p50 {:>6.2f} p99 {:>6.2f} ms   begin+end p50 {:>6.2f} p99 "
        "{:>6.2f} ms\n",
        clients_wanted, rate, at(begins, 0.5), at(begins, 0.99), at(turns, 0.5), at(turns, 0.99));
    // A turn is two commits; the end's wait is as much one as the begin's.
    std::vector<double> commits = begins;
    for (const Client& client : clients)
        commits.insert(commits.end(), client.end_ms.begin(), client.end_ms.end());
    fmt::print(
        "{{\"writers\":{},\"commits_per_second\":{:.1f},\"commit_ms\":{{\"p50\":{:.4f},\"p99\":{:.4f}}}}}\n",
        clients_wanted, 2 * rate, at(commits, 0.5), at(commits, 0.99));
}

int run(std::filesystem::path folder, std::chrono::seconds time) {
    std::filesystem::create_directories(folder);
    fmt::print("SQLite {}, append + fdatasync here: p50 {:.2f} ms\n", SqliteStore::sqlite_version(),
               fsync_ms(folder));
    BenchClock clock;
    Silence log;
    auto store = SqliteStore::open_blocking({folder / "data", log, clock});
    if (!store) {
        fmt::print(stderr, "{}\n", store.error().message);
        return 1;
    }
    for (const std::size_t clients : {1, 4, 16, 64}) measure(**store, clock, clients, time);
    return 0;
}

}  // namespace
}  // namespace boternity::infra

int main(int count, char** arguments) {
    const std::filesystem::path folder = count > 1 ? arguments[1] : "store_bench_data";
    const std::chrono::seconds time{count > 2 ? std::atoi(arguments[2]) : 5};
    return boternity::infra::run(folder, time);
}
