// Many threads at once: writers, readers and checkpoints on one database (trial K7; most telling under tsan).
#include "core/runtime/task.hpp"
#include "infra/store/sqlite_store.hpp"
#include "infra/store/tests/sample_turns.hpp"
#include "infra/store/tests/store_files.hpp"
#include "testing/captured_log.hpp"
#include "testing/manual_clock.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/thread_pool.hpp>
#include <gtest/gtest.h>

#include <atomic>

namespace boternity::infra {
namespace {

constexpr int kWriters = 8;
constexpr int kTurns = 60;

struct Counts {
    std::atomic<int> wrong{0};
    std::atomic<int> turns{0};
    std::atomic<int> reads{0};
    std::atomic<int> writing{kWriters};
};

// NOLINTNEXTLINE(cppcoreguidelines-avoid-reference-coroutine-parameters): the test keeps them
core::Task<void> write_turns(SqliteStore& store, int number, Counts& counts) {
    const SampleTurns sample(number);
    const Status added = co_await add(store, sample);
    if (!added) ++counts.wrong;
    for (int turn = 0; turn < kTurns; ++turn) {
        // 8 x 60 turns of 20 KB pass the checkpoint's mark several times.
        core::TurnBegin begin = sample.begin(turn, std::string(10'000, 'q'));
        core::Mutation mutation{begin.run.id.text(), "SendMessage", "f"};
        const auto begun = co_await testing::begin_turn(store.journal(), begin, mutation);
        core::RunEnd end = sample.end(turn, std::string(10'000, 'a'));
        const auto ended = co_await store.journal().end(end);
        if (!begun || !ended || ended->position != 2 * turn + 2) ++counts.wrong;
        const auto run = co_await store.records().find(begin.run.id);
        if (!run || run->state != core::RunState::Completed) ++counts.wrong;
        ++counts.turns;
    }
    --counts.writing;
}

// NOLINTNEXTLINE(cppcoreguidelines-avoid-reference-coroutine-parameters): the test keeps them
core::Task<void> read_while_written(SqliteStore& store, int number, Counts& counts) {
    const SampleTurns sample(number);
    int seen = 0;
    while (counts.writing.load() > 0) {
        PageRequest whole{.size = 1000, .token = {}};
        const auto messages = co_await store.sessions().messages(sample.session.id, whole);
        if (!messages) {
            if (messages.error().code != ErrorCode::NotFound) ++counts.wrong;
            continue;
        }
        // One state of the database: what is counted is what is there, and nothing goes back.
        const int total = static_cast<int>(messages->items.size());
        if (total < seen || (total > 0 && messages->items.back().position != total)) ++counts.wrong;
        seen = total;
        core::RunFilter filter{sample.bot.id, {}, core::RunState::Completed};
        PageRequest page{.size = 20, .token = {}};
        const auto runs = co_await store.records().list(filter, page);
        if (!runs || static_cast<int>(runs->items.size()) < std::min(20, total / 2)) ++counts.wrong;
        ++counts.reads;
    }
}

TEST(StoreStress, ReadersAndWritersSeeWholeTurns) {
    const TempFolder folder;
    testing::CapturedLog log;
    testing::ManualClock clock;
    auto opened = SqliteStore::open_blocking({folder.path(), log, clock});
    ASSERT_TRUE(opened) << opened.error().message;
    SqliteStore& store = **opened;
    Counts counts;
    boost::asio::thread_pool threads(4);
    for (int i = 0; i < kWriters; ++i) {
        boost::asio::co_spawn(threads, write_turns(store, i, counts), [](std::exception_ptr) {});
        boost::asio::co_spawn(threads, read_while_written(store, i, counts), [](std::exception_ptr) {});
    }
    threads.join();
    EXPECT_EQ(counts.wrong.load(), 0);
    EXPECT_EQ(counts.turns.load(), kWriters * kTurns);
    EXPECT_GT(counts.reads.load(), kWriters);
    EXPECT_EQ(store.problems(), std::vector<std::string>{});
    store.close();
    EXPECT_EQ(rows_of(folder.path() / "boternity.db", "PRAGMA integrity_check"),
              std::vector<std::string>{"ok"});
}

}  // namespace
}  // namespace boternity::infra
