// A disk that is full or fails: the caller is told, nothing acknowledged is lost, and all goes on without a
// restart (trials K3 and K4).
#include "infra/store/sqlite_store.hpp"
#include "infra/store/tests/fault_vfs.hpp"
#include "infra/store/tests/sample_turns.hpp"
#include "infra/store/tests/store_files.hpp"
#include "testing/captured_log.hpp"
#include "testing/manual_clock.hpp"
#include "testing/run_task.hpp"

#include <gtest/gtest.h>
#include <sys/mount.h>

#include <cerrno>
#include <fstream>
#include <set>

namespace boternity::infra {
namespace {

using testing::run_task;
using Rows = std::vector<std::string>;

class DiskFailure : public ::testing::Test {
protected:
    void open_in(const std::filesystem::path& folder) {
        auto opened = SqliteStore::open_blocking({folder, log_, clock_});
        ASSERT_TRUE(opened) << opened.error().message << " " << opened.error().detail;
        store_ = std::move(*opened);
        folder_ = folder;
    }

    std::string begin(int turn, std::size_t bytes = 100) {
        const auto begun = sample_.begin(turn, std::string(bytes, 'q'));
        const auto receipt = run_task(io_, testing::begin_turn(store_->journal(), begun, {}));
        if (!receipt) last_error_ = receipt.error();
        if (receipt) acknowledged_.insert(receipt->receipt.subject);
        return receipt ? "ok" : std::string(code_name(receipt.error().code));
    }

    /// What the store says once a probe that it may have started is over: the writer works in order.
    Rows problems_after_probe() {
        static_cast<void>(store_->problems());
        static_cast<void>(run_task(io_, store_->providers().erase({}, {}, {})));
        return store_->problems();
    }

    void expect_all_acknowledged() {
        const auto rows = rows_of(folder_ / "boternity.db", "SELECT id FROM runs");
        const std::set<std::string> runs(rows.begin(), rows.end());
        for (const auto& id : acknowledged_) EXPECT_TRUE(runs.contains(id)) << id;
        EXPECT_EQ(rows_of(folder_ / "boternity.db", "PRAGMA integrity_check"), Rows{"ok"});
    }

    boost::asio::io_context io_;
    testing::CapturedLog log_;
    testing::ManualClock clock_;
    SampleTurns sample_{1};
    std::unique_ptr<SqliteStore> store_;
    std::filesystem::path folder_;
    std::set<std::string> acknowledged_;
    Error last_error_;
};

class FaultyDisk : public DiskFailure {
protected:
    void SetUp() override {
        faults();
        open_in(temp_.path());
        ASSERT_TRUE(run_task(io_, add(*store_, sample_)));
    }
    void TearDown() override {
        faults().full = false;
        faults().syncs = false;
        faults().sync_errno = 0;
        faults().countdown = -1;
    }
    TempFolder temp_;
};

TEST_F(FaultyDisk, ThatIsFullIsSaidAndForgottenWhenThereIsSpace) {
    EXPECT_EQ(begin(1), "ok");
    EXPECT_EQ(store_->problems(), Rows{});
    faults().full = true;
    EXPECT_EQ(begin(2), "storage_full");
    EXPECT_EQ(last_error_.message,
              "The disk is full, so nothing was changed; free some space and try again.");
    const std::string sentence =
        "The disk is full: free space on " + temp_.path().string() + "; writes resume by themselves.";
    EXPECT_EQ(problems_after_probe(), Rows{sentence});
    EXPECT_EQ(begin(3), "storage_full");
    EXPECT_TRUE(run_task(io_, store_->bots().find({sample_.bot.slug}))) << "reading goes on";
    EXPECT_EQ(log_.count("store_write_failed"), 1) << "said once, not for every write";

    faults().full = false;
    EXPECT_EQ(problems_after_probe(), Rows{}) << "noticed without a write of anybody";
    EXPECT_EQ(log_.count("store_writes_resumed"), 1);
    EXPECT_EQ(begin(2), "ok");
    EXPECT_EQ(begin(3), "ok");
    expect_all_acknowledged();
}

TEST_F(FaultyDisk, WhoseSyncFailsIsReadAnew) {
    EXPECT_EQ(begin(1), "ok");
    faults().syncs = true;
    EXPECT_EQ(begin(2), "unavailable");
    EXPECT_GT(faults().failed_syncs.load(), 0);
    EXPECT_EQ(problems_after_probe().size(), 1U);
    faults().syncs = false;
    // What failed may have come through or not, but is either there or not: asking again tells which.
    const std::string again = begin(2);
    EXPECT_TRUE(again == "ok" || again == "already_exists") << again;
    EXPECT_EQ(begin(3), "ok");
    EXPECT_EQ(store_->problems(), Rows{});
    expect_all_acknowledged();
    EXPECT_EQ(rows_of(temp_.path() / "boternity.db", "SELECT COUNT(*) FROM messages"), Rows{"3"});
}

TEST_F(FaultyDisk, WhoseSyncFindsNoRoomIsReadAnewToo) {
    faults().sync_errno = ENOSPC;
    faults().syncs = true;
    EXPECT_EQ(begin(1), "unavailable") << "what was written may be lost: not \"nothing was changed\"";
    const auto problems = problems_after_probe();
    ASSERT_EQ(problems.size(), 1U);
    EXPECT_NE(problems[0].find("reports errors"), std::string::npos) << problems[0];
    faults().syncs = false;
    EXPECT_EQ(begin(2), "ok");
    EXPECT_EQ(store_->problems(), Rows{});
    expect_all_acknowledged();
}

TEST_F(FaultyDisk, ManyAtOnceAllHearOfAFailedCommit) {
    faults().syncs = true;
    int ended = 0;
    for (int turn = 0; turn < 32; ++turn) {
        boost::asio::co_spawn(io_, testing::begin_turn(store_->journal(), sample_.begin(turn, "q"), {}),
                              [&](std::exception_ptr, Result<core::TurnBegun> begun) {
                                  EXPECT_FALSE(begun);
                                  ++ended;
                              });
    }
    testing::run_until(io_, [&] { return ended == 32; });
}

TEST_F(FaultyDisk, ThatFailsOnceAtAnyPointLosesNothingAcknowledged) {
    int turn = 0;
    int failures = 0;
    for (long nth = 0; nth < 60; ++nth) {
        faults().countdown = nth;
        for (int i = 0; i < 6; ++i) failures += begin(++turn, 3000) == "ok" ? 0 : 1;
        faults().countdown = -1;
        EXPECT_EQ(begin(++turn), "ok") << "the next write does well, nth " << nth;
        EXPECT_EQ(store_->problems(), Rows{});
        if (nth % 10 == 9) {
            store_->close();
            open_in(temp_.path());
        }
    }
    EXPECT_GE(failures, 20);
    expect_all_acknowledged();
}

TEST_F(FaultyDisk, ThatFailsWhileTheStoreOpensIsSaid) {
    int refused = 0;
    for (long nth = 0; nth < 40; ++nth) {
        const TempFolder fresh;
        faults().countdown = nth;
        testing::CapturedLog log;
        const auto opened = SqliteStore::open_blocking({fresh.path(), log, clock_});
        faults().countdown = -1;
        if (!opened) {
            ++refused;
            EXPECT_FALSE(opened.error().message.empty());
        }
        const auto again = SqliteStore::open_blocking({fresh.path(), log, clock_});
        if (opened) {
            EXPECT_FALSE(again) << "it holds the folder";
        } else {
            EXPECT_TRUE(again) << "all or nothing: " << again.error().message << " " << again.error().detail;
        }
    }
    EXPECT_GT(refused, 3);
}

/// A real file system of 2 MB.
class SmallDisk : public DiskFailure {
protected:
    void SetUp() override {
        mounted_ = ::mount("tmpfs", temp_.path().c_str(), "tmpfs", 0, "size=2m") == 0;
        if (!mounted_) GTEST_SKIP() << "mounting a tmpfs needs privileges";
    }
    void TearDown() override {
        store_.reset();
        if (mounted_) ::umount2(temp_.path().c_str(), MNT_DETACH);
    }
    TempFolder temp_;
    bool mounted_ = false;
};

TEST_F(SmallDisk, FillsUpAndIsFreedAgain) {
    const auto filler = temp_.path() / "filler";
    std::ofstream(filler) << std::string(600 * 1024, 'f');
    open_in(temp_.path() / "data");
    ASSERT_TRUE(run_task(io_, add(*store_, sample_)));
    int turn = 0;
    while (begin(++turn, 20'000) == "ok") ASSERT_LT(turn, 200);
    EXPECT_EQ(last_error_.code, ErrorCode::StorageFull) << last_error_.message << " " << last_error_.detail;
    EXPECT_EQ(store_->problems().size(), 1U);
    EXPECT_TRUE(run_task(io_, store_->bots().find({sample_.bot.slug})));
    std::filesystem::remove(filler);
    EXPECT_EQ(problems_after_probe(), Rows{});
    EXPECT_EQ(begin(++turn, 20'000), "ok");
    EXPECT_GE(acknowledged_.size(), 10U);
    expect_all_acknowledged();
}

TEST_F(SmallDisk, TooSmallForADatabaseIsSaid) {
    std::ofstream filler(temp_.path() / "filler");
    filler << std::string(4 * 1024 * 1024, 'f');
    filler.close();
    const auto opened = SqliteStore::open_blocking({temp_.path() / "data", log_, clock_});
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, ErrorCode::StorageFull) << opened.error().message << opened.error().detail;
}

}  // namespace
}  // namespace boternity::infra
