// kill -9 at any moment: what was acknowledged is there, and nothing is there in part (trial K1).
#include "infra/store/sqlite_store.hpp"
#include "infra/store/tests/child_process.hpp"
#include "infra/store/tests/sample_turns.hpp"
#include "infra/store/tests/store_files.hpp"
#include "testing/captured_log.hpp"
#include "testing/manual_clock.hpp"
#include "testing/run_task.hpp"

#include <gtest/gtest.h>

#include <set>

namespace boternity::infra {
namespace {

using testing::CapturedLog;
using testing::ManualClock;

constexpr int kWriters = 8;

/// Begins and ends turns until it is killed, and tells the parent of each that was acknowledged.
// NOLINTNEXTLINE(cppcoreguidelines-avoid-reference-coroutine-parameters): it lives on
core::Task<void> write_forever(SqliteStore& store, int number) {
    const SampleTurns sample(number);
    const Status added = co_await add(store, sample);
    if (!added) co_return;
    for (int turn = 0;; ++turn) {
        core::TurnBegin begin =
            sample.begin(turn, std::string(static_cast<std::size_t>(turn % 50) * 100, 'q'));
        core::Mutation mutation{"key-" + begin.run.id.text(), "SendMessage", "f"};
        const auto begun = co_await testing::begin_turn(store.journal(), begin, mutation);
        if (!begun) co_return;
        tell_parent("begun " + begin.run.id.text());
        core::RunEnd end = sample.end(turn, std::string(static_cast<std::size_t>(turn % 7) * 1000, 'a'));
        const auto ended = co_await store.journal().end(end);
        if (!ended) co_return;
        tell_parent("ended " + begin.run.id.text());
    }
}

// The child's part; run by the test below only.
TEST(StoreChild, WritesUntilItIsKilled) {
    const auto folder = child_folder();
    if (!folder) GTEST_SKIP() << "only for a child process";
    CapturedLog log;
    ManualClock clock;
    auto store = SqliteStore::open_blocking({*folder, log, clock});
    ASSERT_TRUE(store) << store.error().message;
    const int first = static_cast<int>(rows_of(*folder + "/boternity.db", "SELECT id FROM bots").size());
    boost::asio::io_context io;
    for (int i = 0; i < kWriters; ++i) {
        boost::asio::co_spawn(io, write_forever(**store, first + i), [](std::exception_ptr) {});
    }
    io.run();
    tell_parent("gave up");
}

std::set<std::string> set_of(const std::vector<std::string>& rows) {
    return {rows.begin(), rows.end()};
}

void expect_whole(const std::filesystem::path& database) {
    using Rows = std::vector<std::string>;
    EXPECT_EQ(rows_of(database, "PRAGMA integrity_check"), Rows{"ok"});
    EXPECT_EQ(rows_of(database, "PRAGMA foreign_key_check"), Rows{});
    const auto count = [&](const std::string& select) { return rows_of(database, select).at(0); };
    // No partial object: every run with its message, step, event and receipt; positions without a gap.
    const std::string runs = count("SELECT COUNT(*) FROM runs");
    EXPECT_EQ(count("SELECT COUNT(*) FROM messages WHERE role = 'user'"), runs);
    EXPECT_EQ(count("SELECT COUNT(*) FROM steps"), runs);
    EXPECT_EQ(count("SELECT COUNT(*) FROM outbox WHERE type = 'run.queued'"), runs);
    EXPECT_EQ(count("SELECT COUNT(*) FROM receipts"), runs);
    const std::string ended = count("SELECT COUNT(*) FROM runs WHERE state = 'completed'");
    EXPECT_EQ(count("SELECT COUNT(*) FROM messages WHERE role = 'assistant'"), ended);
    EXPECT_EQ(count("SELECT COUNT(*) FROM outbox WHERE type = 'run.ended'"), ended);
    EXPECT_EQ(count("SELECT COUNT(*) FROM steps WHERE state = 'done'"), ended);
    EXPECT_EQ(rows_of(database, "SELECT session_id FROM messages GROUP BY session_id"
                                " HAVING MIN(position) <> 1 OR MAX(position) <> COUNT(*)"),
              Rows{});
    EXPECT_EQ(rows_of(database, "SELECT id FROM sessions WHERE message_count <>"
                                " (SELECT COUNT(*) FROM messages WHERE session_id = sessions.id)"),
              Rows{});
}

TEST(StoreCrash, EveryAcknowledgedTurnSurvivesKill9) {
    const TempFolder folder;
    const auto database = folder.path() / "boternity.db";
    std::set<std::string> begun;
    std::set<std::string> ended;
    for (unsigned seed = 1; seed <= 20; ++seed) {
        const int enough = 1 + static_cast<int>(seed * 7919 % 400);
        ChildProcess child("StoreChild.WritesUntilItIsKilled", folder.path().string());
        const auto keep = [&](const std::string& line) {
            ASSERT_NE(line, "gave up");
            (line.starts_with("begun ") ? begun : ended).insert(line.substr(6));
        };
        for (int told = 0; told < enough; ++told) {
            const auto line = child.line();
            ASSERT_TRUE(line) << "the child ended by itself";
            keep(*line);
        }
        child.kill_hard();
        while (const auto line = child.line()) keep(*line);

        CapturedLog log;
        ManualClock clock;
        auto store = SqliteStore::open_blocking({folder.path(), log, clock});
        ASSERT_TRUE(store) << store.error().message << " " << store.error().detail;
        const auto unfinished =
            testing::run_task((*store)->claims().claim_unfinished("node", clock.now())).value();
        for (const auto& run : unfinished) EXPECT_FALSE(ended.contains(run.id.text()));
        (*store)->close();

        const auto runs = set_of(rows_of(database, "SELECT id FROM runs"));
        for (const auto& id : begun) EXPECT_TRUE(runs.contains(id)) << id << ", seed " << seed;
        const auto done = set_of(rows_of(database, "SELECT id FROM runs WHERE state = 'completed'"));
        for (const auto& id : ended) EXPECT_TRUE(done.contains(id)) << id << ", seed " << seed;
        expect_whole(database);
        if (HasFailure()) return;
    }
    EXPECT_GT(ended.size(), 500U) << "the writers hardly wrote";
}

}  // namespace
}  // namespace boternity::infra
