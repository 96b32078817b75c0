// Backups: one moment while writes go on, every fault found, and a restore that is whole or not at all.
#include "infra/store/sqlite/backup.hpp"
#include "infra/store/sqlite/backup_names.hpp"
#include "infra/store/sqlite_restore.hpp"
#include "infra/store/sqlite_store.hpp"
#include "infra/store/tests/child_process.hpp"
#include "infra/store/tests/sample_turns.hpp"
#include "infra/store/tests/store_files.hpp"
#include "testing/captured_log.hpp"
#include "testing/manual_clock.hpp"
#include "testing/run_task.hpp"

#include <gtest/gtest.h>

#include <fstream>

namespace boternity::infra {
namespace {

using Rows = std::vector<std::string>;
namespace fs = std::filesystem;

core::Task<Result<core::Backup>> make(SqliteStore* store, core::Mutation mutation) {
    BOT_CO_TRY(work, co_await store->backups().begin(std::move(mutation)));
    while (true) {
        BOT_CO_TRY(step, co_await work->next(Deadline::never(), {}));
        if (step.made) co_return std::move(*step.made);
    }
}

std::string bytes_of(const fs::path& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

void write(const fs::path& file, const std::string& bytes) {
    std::ofstream(file, std::ios::binary | std::ios::trunc) << bytes;
}

class Backups : public ::testing::Test {
protected:
    void SetUp() override {
        open();
        ASSERT_TRUE(testing::run_task(add(*store_, SampleTurns(1))));
    }

    void open() {
        auto opened =
            SqliteStore::open_blocking({temp_.path(), log_, clock_, "1.2.3", [] { return "port = 1\n"; }});
        ASSERT_TRUE(opened) << opened.error().message;
        store_ = std::move(*opened);
    }

    Result<core::Backup> make_one(core::Mutation mutation = {}) {
        clock_.advance(std::chrono::seconds(1));
        return testing::run_task(make(store_.get(), std::move(mutation)));
    }

    /// A backup in a file that stands alone, and no store.
    fs::path one_alone() {
        const auto made = make_one();
        EXPECT_TRUE(made) << made.error().message;
        const auto file = temp_.path() / "alone.db";
        fs::copy_file(path_of(*made), file);
        store_.reset();
        return file;
    }

    Result<core::BackupCheck> restore(const fs::path& file) {
        clock_.advance(std::chrono::seconds(1));
        return restore_backup_blocking(
            {.data_folder = temp_.path(), .file = file, .made_by = "1.2.3", .clock = clock_});
    }

    fs::path path_of(const core::Backup& backup) const {
        return temp_.path() / "backups" / (backup.name + ".db");
    }
    Rows slugs() const {
        return rows_of(temp_.path() / "boternity.db", "SELECT slug FROM bots ORDER BY slug");
    }

    TempFolder temp_;
    testing::CapturedLog log_;
    testing::ManualClock clock_;
    std::unique_ptr<SqliteStore> store_;
};

TEST_F(Backups, HoldEverythingAndSayWhatTheyAre) {
    const auto made = make_one();
    ASSERT_TRUE(made) << made.error().message;
    EXPECT_EQ(made->made_by, "1.2.3");
    EXPECT_EQ(made->schema, store_->schema_version());
    EXPECT_EQ(rows_of(path_of(*made), "SELECT value FROM backup_facts WHERE name = 'configuration'"),
              Rows{"port = 1\n"});
    EXPECT_EQ(rows_of(path_of(*made), "SELECT COUNT(*) FROM bots"), Rows{"1"});
    for (const char* beside : {"-wal", "-shm", "-journal"})
        EXPECT_FALSE(fs::exists(path_of(*made).string() + beside));
    const auto listed = testing::run_task(store_->backups().list());
    ASSERT_TRUE(listed);
    EXPECT_EQ(*listed, std::vector{*made});
    const auto check = testing::run_task(store_->backups().verify(made->name));
    ASSERT_TRUE(check) << check.error().message;
    EXPECT_EQ(check->bots, 1);
    EXPECT_TRUE(check->has_configuration);
}

TEST_F(Backups, AreOfOneMomentWhileWritesGoOn) {
    auto writing = [](SqliteStore* store, bool* done) -> core::Task<Status> {
        for (int n = 2; !*done && n < 400; ++n) {
            auto adding = add(*store, SampleTurns(n));
            BOT_CO_CHECK(co_await std::move(adding));
        }
        co_return Status{};
    };
    boost::asio::io_context io;
    bool done = false;
    bool wrote = false;
    boost::asio::co_spawn(io, writing(store_.get(), &done), [&](std::exception_ptr, Status status) {
        EXPECT_TRUE(status) << status.error().message;
        wrote = true;
    });
    clock_.advance(std::chrono::seconds(1));
    const auto made = testing::run_task(io, make(store_.get(), {}));
    done = true;
    testing::run_until(io, [&] { return wrote; }, std::chrono::seconds(20));
    ASSERT_TRUE(made) << made.error().message;
    // A bot, its soul and its session come in two transactions, each whole.
    EXPECT_EQ(rows_of(path_of(*made), "SELECT (SELECT COUNT(*) FROM bots) - (SELECT COUNT(*) FROM souls)"),
              Rows{"0"});
}

TEST_F(Backups, AskedForTwiceWithOneKeyAreMadeOnce) {
    const core::Mutation once{"key", "CreateBackupRequest", "f"};
    const auto first = make_one(once);
    const auto second = make_one(once);
    ASSERT_TRUE(first);
    ASSERT_TRUE(second) << second.error().message;
    EXPECT_EQ(first->name, second->name);
    const auto other = make_one({"key", "CreateBackupRequest", "another"});
    ASSERT_FALSE(other);
    EXPECT_EQ(other.error().code, ErrorCode::IdempotencyReuse);
}

TEST_F(Backups, KeepTheNewestTen) {
    std::vector<std::string> names;
    for (int i = 0; i < 12; ++i) names.push_back(make_one().value().name);
    const auto listed = testing::run_task(store_->backups().list()).value();
    ASSERT_EQ(listed.size(), store::kKeptAsked);
    EXPECT_EQ(listed.front().name, names.back());
    EXPECT_EQ(listed.back().name, names[2]);
}

TEST_F(Backups, AreRemovedByNameAndNothingElseIs) {
    const auto made = make_one().value();
    for (const std::string name :
         {"", ".", "../boternity", "token", "1-2-asked", "/etc/passwd", "%2e%2e", "../lock"}) {
        const auto refused = testing::run_task(store_->backups().remove(name, {}));
        ASSERT_FALSE(refused) << name;
        EXPECT_EQ(refused.error().code, ErrorCode::NotFound) << name;
    }
    EXPECT_TRUE(testing::run_task(store_->backups().remove(made.name, {})));
    EXPECT_FALSE(fs::exists(path_of(made)));
    EXPECT_FALSE(testing::run_task(store_->backups().remove(made.name, {})));
}

TEST_F(Backups, OneAtATime) {
    const auto both = [](SqliteStore* store) -> core::Task<Result<core::Backup>> {
        BOT_CO_TRY(first, co_await store->backups().begin({}));
        auto second = co_await store->backups().begin({});
        EXPECT_FALSE(second);
        if (!second) EXPECT_EQ(second.error().code, ErrorCode::Unavailable);
        while (true) {
            BOT_CO_TRY(step, co_await first->next(Deadline::never(), {}));
            if (step.made) co_return std::move(*step.made);
        }
    };
    clock_.advance(std::chrono::seconds(1));
    EXPECT_TRUE(testing::run_task(both(store_.get())));
    EXPECT_TRUE(make_one()) << "and the place is free again";
}

TEST_F(Backups, WithAnyByteChangedAreFound) {
    const auto file = one_alone();
    const std::string whole = bytes_of(file);
    for (std::size_t at = 101; at < whole.size(); at += whole.size() / 37) {
        std::string flipped = whole;
        flipped[at] = static_cast<char>(flipped[at] ^ 0x10);
        write(file, flipped);
        const auto check = verify_backup_blocking(file);
        ASSERT_FALSE(check) << "byte " << at;
        EXPECT_EQ(check.error().code, ErrorCode::WrongState);
        EXPECT_NE(check.error().message.find(file.string()), std::string::npos) << check.error().message;
        EXPECT_FALSE(restore(file)) << "byte " << at;
    }
    write(file, whole);
    EXPECT_TRUE(verify_backup_blocking(file));
}

TEST_F(Backups, CutAnywhereAreFound) {
    const auto file = one_alone();
    const std::string whole = bytes_of(file);
    for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{99}, std::size_t{4096},
                                   whole.size() / 2, whole.size() - 91, whole.size() - 1}) {
        write(file, whole.substr(0, size));
        EXPECT_FALSE(verify_backup_blocking(file)) << size;
    }
    write(file, whole + "more");
    EXPECT_FALSE(verify_backup_blocking(file));
}

TEST_F(Backups, AreNoOtherFiles) {
    const auto file = one_alone();
    const auto said = [](const fs::path& path) { return verify_backup_blocking(path).error().message; };
    const auto letter = temp_.path() / "letter";
    write(letter, std::string(5000, 'x'));
    EXPECT_NE(said(letter).find("is no database"), std::string::npos);
    const auto foreign = temp_.path() / "foreign";
    change_file(foreign, "CREATE TABLE recipes (name TEXT)");
    EXPECT_NE(said(foreign).find("another program"), std::string::npos) << said(foreign);
    const auto link = temp_.path() / "link";
    fs::create_symlink(file, link);
    EXPECT_NE(said(link).find("symbolic link"), std::string::npos);
    EXPECT_NE(said(temp_.path()).find("is no file"), std::string::npos);
    EXPECT_EQ(verify_backup_blocking(temp_.path() / "nothing").error().code, ErrorCode::NotFound);
    const auto copied = temp_.path() / "boternity.db";
    EXPECT_NE(said(copied).find("no backup"), std::string::npos) << "a copied database may lack its WAL";
    const auto before = slugs();
    for (const auto& wrong : {letter, foreign, link, temp_.path(), copied}) EXPECT_FALSE(restore(wrong));
    EXPECT_EQ(slugs(), before);
}

TEST_F(Backups, PutBackWhatWasAndKeepWhatIs) {
    const auto made = make_one().value();
    ASSERT_TRUE(testing::run_task(add(*store_, SampleTurns(2))));
    const auto held = restore(path_of(made));
    ASSERT_FALSE(held);
    EXPECT_EQ(held.error().code, ErrorCode::Unavailable) << "while a server holds the folder";
    store_.reset();
    const auto check = restore(path_of(made));
    ASSERT_TRUE(check) << check.error().message << check.error().detail;
    EXPECT_EQ(slugs().size(), 1U);
    EXPECT_EQ(rows_of(temp_.path() / "boternity.db",
                      "SELECT COUNT(*) FROM sqlite_schema WHERE name = 'backup_facts'"),
              Rows{"0"});
    const auto kept = list_backups_blocking(temp_.path());
    ASSERT_EQ(kept.size(), 2U);
    EXPECT_EQ(kept[0].reason, core::BackupReason::Restore);
    EXPECT_EQ(verify_backup_blocking(path_of(kept[0])).value().bots, 2);
    open();
    EXPECT_EQ(store_->schema_version(), made.schema);
}

TEST_F(Backups, TakeThePlaceOfADamagedDatabaseWhichIsKeptAsItIs) {
    const auto file = one_alone();
    std::string bytes = bytes_of(temp_.path() / "boternity.db");
    bytes.replace(0, 16, "garbage!garbage!");
    write(temp_.path() / "boternity.db", bytes);
    write(temp_.path() / "boternity.db-wal", "half a log");
    const auto check = restore(file);
    ASSERT_TRUE(check) << check.error().message << check.error().detail;
    EXPECT_FALSE(fs::exists(temp_.path() / "boternity.db-wal"));
    EXPECT_EQ(slugs().size(), 1U);
    bool kept = false;
    for (const auto& entry : fs::directory_iterator(temp_.path() / "backups")) {
        const std::string name = entry.path().filename();
        if (!name.starts_with("damaged-") || !name.ends_with(".db")) continue;
        kept = true;
        EXPECT_EQ(bytes_of(entry.path()), bytes);
        EXPECT_TRUE(fs::exists(entry.path().string() + "-wal"));
    }
    EXPECT_TRUE(kept);
}

TEST_F(Backups, OfANewerSchemaAreRefusedWithTheCommandThatHelps) {
    const auto made = make_one().value();
    store_.reset();
    const std::vector<store::Migration> older{{0, "none", ""}};
    const auto refused = store::check_backup_blocking(path_of(made), older);
    ASSERT_FALSE(refused);
    EXPECT_NE(refused.error().message.find("newer Boternity (1.2.3, schema 1; this one knows 0)"),
              std::string::npos)
        << refused.error().message;
    EXPECT_NE(refused.error().message.find("boternity backup restore '" + path_of(made).string() + "'"),
              std::string::npos);
}

TEST(StoreChild, Restores) {
    const auto path = child_folder();
    if (!path) GTEST_SKIP() << "only for a child process";
    testing::ManualClock clock;
    tell_parent("begins");
    const auto done =
        restore_backup_blocking({.data_folder = *path, .file = fs::path(*path) / "alone.db", .clock = clock});
    ASSERT_TRUE(done) << done.error().message;
    tell_parent("done");
}

TEST_F(Backups, RestoredUnderKill9AreWholeOrNotThere) {
    const auto file = one_alone();
    open();
    for (int n = 2; n < 60; ++n) ASSERT_TRUE(testing::run_task(add(*store_, SampleTurns(n))));
    store_.reset();
    const auto pristine = temp_.path() / "pristine";
    fs::copy_file(temp_.path() / "boternity.db", pristine);
    int killed = 0;
    for (int round = 0; round < 25; ++round) {
        ChildProcess child("StoreChild.Restores", temp_.path().string());
        ASSERT_EQ(child.line().value_or("nothing"), "begins");
        const bool in_time = child.line(std::chrono::milliseconds{round * 7 % 40}).has_value();
        child.kill_hard();
        const auto bots = slugs().size();
        EXPECT_TRUE(bots == 1 || bots == 59) << bots;
        if (in_time) EXPECT_EQ(bots, 1U);
        if (!in_time) ++killed;
        EXPECT_EQ(rows_of(temp_.path() / "boternity.db", "PRAGMA integrity_check"), Rows{"ok"});
        for (const char* beside : {"-wal", "-shm", "-journal"})
            fs::remove((temp_.path() / "boternity.db").string() + beside);
        fs::copy_file(pristine, temp_.path() / "boternity.db", fs::copy_options::overwrite_existing);
        for (const auto& backup : list_backups_blocking(temp_.path()))
            EXPECT_TRUE(verify_backup_blocking(path_of(backup))) << backup.name;
        if (HasFailure()) return;
    }
    EXPECT_GT(killed, 0) << "no round was killed in its midst";
    EXPECT_TRUE(restore(file)) << "and it can be done again";
    EXPECT_EQ(slugs().size(), 1U);
}

}  // namespace
}  // namespace boternity::infra
