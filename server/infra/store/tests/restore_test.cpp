// A restore is whole or not at all, and keeps what was there.
#include "infra/store/tests/backup_fixture.hpp"
#include "infra/store/tests/child_process.hpp"

namespace boternity::infra {
namespace {

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
