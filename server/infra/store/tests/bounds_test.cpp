// What is bounded stays so: the queue, the WAL, and what is only kept for a while.
#include "core/runtime/content_hash.hpp"
#include "infra/store/soci/page_token.hpp"
#include "infra/store/soci/step_json.hpp"
#include "infra/store/sqlite_store.hpp"
#include "infra/store/tests/sample_turns.hpp"
#include "infra/store/tests/store_files.hpp"
#include "testing/captured_log.hpp"
#include "testing/manual_clock.hpp"
#include "testing/run_task.hpp"
#include "testing/sequential_ids.hpp"

#include <gtest/gtest.h>

namespace boternity::infra {
namespace {

using testing::run_task;
using Rows = std::vector<std::string>;

class StoreBounds : public ::testing::Test {
protected:
    void SetUp() override {
        auto opened = SqliteStore::open_blocking({temp_.path(), log_, clock_});
        ASSERT_TRUE(opened) << opened.error().message;
        store_ = std::move(*opened);
        ASSERT_TRUE(run_task(io_, add(*store_, sample_)));
    }

    /// Begins turns `first` to `last` at the same time; how many were refused as Unavailable.
    int begin_together(int first, int last, std::size_t bytes, bool named = false) {
        int ended = 0;
        int refused = 0;
        for (int turn = first; turn <= last; ++turn) {
            core::Mutation mutation;
            if (named) mutation = {"key-" + std::to_string(turn), "SendMessage", "f"};
            boost::asio::co_spawn(io_,
                                  testing::begin_turn(store_->journal(),
                                                      sample_.begin(turn, std::string(bytes, 'q')), mutation),
                                  [&](std::exception_ptr thrown, Result<core::TurnBegun> begun) {
                                      EXPECT_FALSE(thrown);
                                      if (!begun) {
                                          EXPECT_EQ(begun.error().code, ErrorCode::Unavailable);
                                          ++refused;
                                      }
                                      ++ended;
                                  });
        }
        testing::run_until(io_, [&] { return ended == last - first + 1; }, std::chrono::seconds(100));
        return refused;
    }

    std::string one(const std::string& select) {
        return rows_of(temp_.path() / "boternity.db", select).at(0);
    }

    TempFolder temp_;
    boost::asio::io_context io_;
    testing::CapturedLog log_;
    testing::ManualClock clock_;
    SampleTurns sample_{1};
    std::unique_ptr<SqliteStore> store_;
};

TEST_F(StoreBounds, TooManyWaitingWritesAreRefusedAndTheRestIsKept) {
    const int refused = begin_together(1, 20'000, 1);
    EXPECT_GT(refused, 0) << "a queue of 4096 cannot take 20,000 at once";
    EXPECT_EQ(one("SELECT COUNT(*) FROM runs"), std::to_string(20'000 - refused));
    EXPECT_EQ(begin_together(20'001, 20'001, 1), 0) << "and afterwards it works again";
}

TEST_F(StoreBounds, TheWalDoesNotGrowWithoutBound) {
    for (int round = 0; round < 40; ++round) {
        ASSERT_EQ(begin_together(round * 100, round * 100 + 99, 20'000), 0);
    }
    // 80 MB of messages went through it.
    EXPECT_LT(std::filesystem::file_size(temp_.path() / "boternity.db-wal"), 32U * 1024 * 1024);
    EXPECT_GT(std::filesystem::file_size(temp_.path() / "boternity.db"), 60U * 1024 * 1024);
    store_->close();
    EXPECT_FALSE(std::filesystem::exists(temp_.path() / "boternity.db-wal")) << "all moved at a clean end";
    EXPECT_EQ(one("SELECT COUNT(*) FROM messages"), "4000");
}

TEST_F(StoreBounds, ReceiptsThatAreTooOldAreDropped) {
    ASSERT_EQ(begin_together(1, 600, 1, true), 0);
    EXPECT_EQ(one("SELECT COUNT(*) FROM receipts"), "600");
    clock_.advance(std::chrono::hours(49));
    ASSERT_EQ(begin_together(601, 1800, 1, true), 0);
    EXPECT_EQ(one("SELECT COUNT(*) FROM receipts"), "1200");
}

TEST_F(StoreBounds, FilesThatNoMessageNamesAreDroppedAfterADay) {
    testing::SequentialIds ids;
    const auto give = [&](const std::string& bytes) {
        core::Attachment attachment{.id = ids.make<AttachmentId>(),
                                    .hash = core::content_hash(bytes),
                                    .media_type = "text/plain",
                                    .name = "a.txt",
                                    .size_bytes = static_cast<std::int64_t>(bytes.size()),
                                    .created_at = clock_.now()};
        auto shared = std::make_shared<const std::string>(bytes);
        EXPECT_TRUE(run_task(io_, store_->attachments().insert(attachment, shared, {})));
        return attachment;
    };
    core::TurnBegin turn = sample_.begin(1, "look");
    turn.message.attachments = {give("named")};
    ASSERT_TRUE(run_task(io_, testing::begin_turn(store_->journal(), turn, {})));
    give("named");  // the same bytes, which nobody names
    give("alone");
    clock_.advance(std::chrono::hours(25));
    give("new");
    ASSERT_EQ(begin_together(2, 1200, 1), 0);
    EXPECT_EQ(one("SELECT COUNT(*) FROM attachments"), "2");
    EXPECT_EQ(one("SELECT COUNT(*) FROM files"), "2");
    EXPECT_EQ(one("SELECT COUNT(*) FROM files WHERE body = CAST('named' AS BLOB)"), "1");
}

TEST_F(StoreBounds, OfTheEventsOnlyTheNewestAreKept) {
    change_file(temp_.path() / "boternity.db",
                "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 102000)"
                " INSERT INTO outbox (type, subject, body, made_at) SELECT 'old', i, '{}', 0 FROM n");
    ASSERT_EQ(begin_together(1, 1200, 1), 0);
    const int kept = std::stoi(one("SELECT COUNT(*) FROM outbox"));
    EXPECT_LE(kept, 100'000 + 600);
    EXPECT_GE(kept, 100'000);
    EXPECT_EQ(one("SELECT COUNT(*) FROM outbox WHERE type = 'run.queued'"), "1200")
        << "the newest are the ones kept";
}

TEST_F(StoreBounds, AfterCloseCallsAreRefused) {
    store_->close();
    store_->close();
    EXPECT_EQ(begin_together(1, 3, 1), 3);
    const auto found = run_task(io_, store_->bots().find({"bot-1"}));
    ASSERT_FALSE(found);
    EXPECT_EQ(found.error().code, ErrorCode::Unavailable);
    EXPECT_EQ(store_->problems(), Rows{});
}

TEST_F(StoreBounds, CloseCommitsWhatWaits) {
    int ended = 0;
    for (int turn = 1; turn <= 500; ++turn) {
        boost::asio::co_spawn(io_, testing::begin_turn(store_->journal(), sample_.begin(turn, "q"), {}),
                              [&](std::exception_ptr, Result<core::TurnBegun> begun) {
                                  EXPECT_TRUE(begun);
                                  ++ended;
                              });
    }
    io_.poll();
    store_->close();
    testing::run_until(io_, [&] { return ended == 500; });
    EXPECT_EQ(one("SELECT COUNT(*) FROM runs"), "500");
}

TEST_F(StoreBounds, AChangeThatFailsHalfWayIsUndoneAloneInItsGroup) {
    int ended = 0;
    std::vector<std::string> refused;
    for (int turn = 1; turn <= 8; ++turn) {
        core::TurnBegin begin = sample_.begin(turn, "q");
        // Fails after its run was written: there is a message with that id by then.
        if (turn == 5) begin.message.id = sample_.begin(2, "q").message.id;
        boost::asio::co_spawn(
            io_, testing::begin_turn(store_->journal(), begin, {}),
            [&, id = begin.run.id.text()](std::exception_ptr, Result<core::TurnBegun> begun) {
                if (!begun) refused.push_back(id);
                ++ended;
            });
    }
    testing::run_until(io_, [&] { return ended == 8; });
    EXPECT_EQ(refused, Rows{sample_.begin(5, "q").run.id.text()});
    EXPECT_EQ(one("SELECT COUNT(*) FROM runs"), "7");
    EXPECT_EQ(one("SELECT message_count FROM sessions"), "7");
    EXPECT_EQ(one("SELECT COUNT(*) FROM outbox WHERE type = 'run.queued'"), "7");
}

TEST_F(StoreBounds, LargeOutputsAreKeptOncePerContent) {
    for (int turn = 1; turn <= 3; ++turn) {
        ASSERT_TRUE(run_task(io_, testing::begin_turn(store_->journal(), sample_.begin(turn, "q"), {})));
        ASSERT_TRUE(run_task(
            io_, store_->journal().end(sample_.end(turn, std::string(turn < 3 ? 10'000 : 100, 'a')))));
    }
    EXPECT_EQ(one("SELECT COUNT(*) FROM blobs"), "1");
    EXPECT_EQ(one("SELECT COUNT(*) FROM steps WHERE output_hash IS NOT NULL"), "2");
}

TEST_F(StoreBounds, ListsReadAnIndex) {
    const auto file = temp_.path() / "boternity.db";
    const auto plan = [&](const std::string& select) {
        std::string all;
        for (const auto& row : rows_of(file, "EXPLAIN QUERY PLAN " + select)) all += row + "\n";
        return all;
    };
    const std::vector<std::pair<std::string, std::string>> expected{
        {"SELECT name FROM bots WHERE state <> 'deleted' AND (created_at, id) > (1, 'a') ORDER BY "
         "created_at, id "
         "LIMIT 50",
         "bots_by_age"},
        {"SELECT name FROM bots WHERE slug = 'a' AND state <> 'deleted'", "bots_by_slug"},
        {"SELECT title FROM sessions WHERE bot_id = 'a' AND (updated_at, id) < (1, 'a')"
         " ORDER BY updated_at DESC, id DESC LIMIT 50",
         "sessions_by_use"},
        {"SELECT model FROM runs WHERE id < 'a' ORDER BY id DESC LIMIT 50", "sqlite_autoindex_runs_1"},
        {"SELECT model FROM runs WHERE id < 'a' AND bot_id = 'a' ORDER BY id DESC LIMIT 50", "runs_of_bot"},
        {"SELECT model FROM runs WHERE id < 'a' AND session_id = 'a' ORDER BY id DESC LIMIT 50",
         "runs_of_session"},
        {"SELECT model FROM runs WHERE id < 'a' AND state = 'failed' ORDER BY id DESC LIMIT 50",
         "runs_in_state"},
        {"SELECT mutation_key FROM receipts WHERE made_at < 1 ORDER BY made_at LIMIT 500", "receipts_by_age"},
    };
    for (const auto& [select, index] : expected) {
        EXPECT_NE(plan(select).find(index), std::string::npos) << select << "\n" << plan(select);
        EXPECT_EQ(plan(select).find("TEMP B-TREE"), std::string::npos) << select << "\n" << plan(select);
    }
}

TEST(StepOutput, IsTheSameJsonForTheSameOutput) {
    const core::StepOutput output = core::ModelOutput{.parts = {core::TextPart{.text = "a \"b\"\n"}},
                                                      .pieces = {1, 2, 3},
                                                      .stop_reason = core::StopReason::Length};
    const std::string json = store::output_to_json(output);
    EXPECT_EQ(json, R"({"parts":[{"text":"a \"b\"\n"}],"pieces":[1,2,3],"stop_reason":"length"})");
    EXPECT_EQ(store::output_from_json(core::StepKind::ModelCall, json).value(), output);
    for (const char* bad : {"[]", "{", "{\"parts\":1}", "{\"parts\":[{}]}", "{\"parts\":[],\"pieces\":[-1]}"})
        EXPECT_FALSE(store::output_from_json(core::StepKind::ModelCall, bad)) << bad;
}

TEST(PageToken, ComesBackAsItWasMade) {
    const std::vector<store::PageKey> keys{{0, ""}, {-1, "a b"}, {INT64_MAX, "x"}, {INT64_MIN, "\xff-_"}};
    for (const auto& key : keys) {
        const std::string token = store::make_page_token("runs", key);
        EXPECT_EQ(token.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"),
                  std::string::npos);
        EXPECT_EQ(store::read_page_token("runs", token, {}).value(), key);
        EXPECT_FALSE(store::read_page_token("bots", token, {})) << "a token of another list";
        EXPECT_FALSE(store::read_page_token("run", token, {}));
    }
    EXPECT_EQ(store::read_page_token("runs", "", {5, "first"}).value(), (store::PageKey{5, "first"}));
    EXPECT_FALSE(store::read_page_token("runs", std::string(10'000, 'A'), {}));
}

}  // namespace
}  // namespace boternity::infra
