// Schema changes: all or nothing, with a backup, and a clear word when they cannot be made (trial K9).
#include "core/runtime/content_hash.hpp"
#include "infra/store/sqlite/backup.hpp"
#include "infra/store/sqlite_store.hpp"
#include "infra/store/tests/child_process.hpp"
#include "infra/store/tests/migrations_fixture.hpp"
#include "infra/store/tests/store_files.hpp"
#include "testing/captured_log.hpp"
#include "testing/manual_clock.hpp"

#include <gtest/gtest.h>

#include <fstream>

namespace boternity::infra {
namespace {

using namespace store;

// Takes long enough to be killed in its midst.
constexpr Migration kLong{2, "long",
                          "CREATE TABLE copies (id INTEGER PRIMARY KEY, name TEXT NOT NULL);"
                          "INSERT INTO copies SELECT id, name || hex(randomblob(100)) FROM things;"
                          "CREATE INDEX copies_by_name ON copies (name);"
                          "UPDATE things SET name = name || ' seen';"
                          "DELETE FROM copies WHERE id % 2 = 0;"};
constexpr Migration kFailing{
    2, "failing",
    "CREATE TABLE more (id INTEGER PRIMARY KEY); INSERT INTO things VALUES (99, 'x');"
    "INSERT INTO nowhere VALUES (1);"};
constexpr Migration kDangling{
    2, "dangling", "CREATE TABLE more (thing INTEGER REFERENCES things); INSERT INTO more VALUES (777);"};

TEST_F(Migrations, MakeADatabaseAndBringItOn) {
    EXPECT_EQ(migrate({kFirst}).value(), 1);
    EXPECT_TRUE(backups().empty()) << "there was nothing to lose";
    change_file(database(), "INSERT INTO things VALUES (1, 'one')");
    EXPECT_EQ(migrate({kFirst}).value(), 1);
    EXPECT_TRUE(backups().empty()) << "nothing was to be done";
    EXPECT_EQ(migrate({kFirst, kSecond}).value(), 2);
    EXPECT_EQ(rows("SELECT id, thing FROM more"), Rows{"1 1"});
    EXPECT_EQ(rows("SELECT version, name FROM schema_migrations ORDER BY version"),
              (Rows{"1 first", "2 second"}));
    ASSERT_EQ(backups().size(), 1U);
    const auto backup = temp_.path() / "backups" / backups()[0];
    EXPECT_EQ(rows_of(backup, "SELECT id, name FROM things"), Rows{"1 one"});
    EXPECT_EQ(rows_of(backup, "SELECT MAX(version) FROM schema_migrations"), Rows{"1"});
    EXPECT_EQ(rows_of(backup, "PRAGMA integrity_check"), Rows{"ok"});
}

TEST_F(Migrations, KeepTheBackupsOfTheNewestFiveSchemas) {
    std::vector<Migration> wanted{kFirst};
    std::vector<std::string> scripts;
    scripts.reserve(8);
    ASSERT_TRUE(migrate(wanted));
    for (int version = 2; version <= 9; ++version) {
        scripts.push_back("CREATE TABLE t" + std::to_string(version) + " (id INTEGER)");
        wanted.push_back({version, "step", scripts.back()});
        ASSERT_EQ(migrate(wanted).value(), version);
    }
    const auto kept = backups();
    ASSERT_EQ(kept.size(), 5U);
    EXPECT_TRUE(kept.front().starts_with("4-")) << kept.front();
    EXPECT_TRUE(kept.back().starts_with("8-")) << kept.back();
}

TEST_F(Migrations, ThatFailAgainAndAgainLeaveTheBackupsOfOlderSchemas) {
    ASSERT_TRUE(migrate({kFirst}));
    ASSERT_TRUE(migrate({kFirst, kSecond}));
    ASSERT_EQ(backups().size(), 1U);
    const auto oldest = backups()[0];
    const Migration failing{3, "failing", "INSERT INTO nowhere VALUES (1);"};
    for (int start = 0; start < 8; ++start) {
        ASSERT_FALSE(migrate({kFirst, kSecond, failing}));
    }
    const auto kept = backups();
    ASSERT_EQ(kept.size(), 3U) << "the one of schema 1, and the newest two of schema 2";
    EXPECT_EQ(kept[0], oldest);
    EXPECT_TRUE(kept[1].starts_with("2-")) << kept[1];
    const std::string made = log_.lines().back().fields.at("file");
    EXPECT_TRUE(made.ends_with(kept[2])) << made << ": the newest is kept";
}

TEST_F(Migrations, ThatFailChangeNothing) {
    ASSERT_TRUE(migrate({kFirst}));
    change_file(database(), "INSERT INTO things VALUES (1, 'one')");
    for (const Migration& bad : {kFailing, kDangling}) {
        const auto refused = migrate({kFirst, bad});
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error().code, ErrorCode::WrongState);
        EXPECT_NE(refused.error().message.find("nothing of it was changed"), std::string::npos);
        EXPECT_EQ(rows("SELECT name FROM sqlite_schema WHERE name = 'more'"), Rows{});
        EXPECT_EQ(rows("SELECT id, name FROM things"), Rows{"1 one"});
        EXPECT_EQ(rows("SELECT version FROM schema_migrations"), Rows{"1"});
    }
    EXPECT_EQ(migrate({kFirst, kSecond}).value(), 2) << "and a sound one still works";
}

TEST_F(Migrations, RefuseADatabaseOfANewerVersion) {
    ASSERT_TRUE(migrate({kFirst}));
    const auto bare = migrate({});
    ASSERT_FALSE(bare);
    EXPECT_NE(bare.error().message.find("there is no backup"), std::string::npos) << bare.error().message;
    ASSERT_TRUE(migrate({kFirst, kSecond}));
    const auto refused = migrate({kFirst});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::WrongState);
    const std::string& sentence = refused.error().message;
    EXPECT_NE(sentence.find("newer Boternity (schema 2, this one knows 1)"), std::string::npos) << sentence;
    EXPECT_NE(sentence.find("backups/" + backups().at(0)), std::string::npos) << sentence;
    EXPECT_EQ(rows("SELECT COUNT(*) FROM schema_migrations"), Rows{"2"});
}

TEST_F(Migrations, TheCommandThatARefusalNamesHelps) {
    ASSERT_TRUE(migrate({kFirst}));
    change_file(database(), "INSERT INTO things VALUES (1, 'one')");
    ASSERT_TRUE(migrate({kFirst, kSecond}));
    const std::string sentence = migrate({kFirst}).error().message;
    const auto backup = temp_.path() / "backups" / backups().at(0);
    EXPECT_TRUE(sentence.ends_with("boternity backup restore '" + backup.string() + "' --data '" +
                                   temp_.path().string() + "'"))
        << sentence;
    {
        auto folder = DataFolder::open_blocking(temp_.path());
        ASSERT_TRUE(folder);
        const BackupFacts facts{.made_at = clock_.now()};
        const std::vector<Migration> known{kFirst};
        const auto restored = restore_blocking(*folder, backup, facts, known);
        ASSERT_TRUE(restored) << restored.error().message;
    }
    EXPECT_EQ(migrate({kFirst}).value(), 1);
    EXPECT_EQ(rows("SELECT id, name FROM things"), Rows{"1 one"});
    EXPECT_EQ(backups().size(), 2U) << "what the newer version had is kept";
    EXPECT_EQ(migrate({kFirst, kSecond}).value(), 2) << "and the newer version takes it up again";
}

TEST_F(Migrations, RefuseAPastThatWasChanged) {
    ASSERT_TRUE(migrate({kFirst}));
    Migration changed = kFirst;
    changed.sql = "CREATE TABLE things (id INTEGER PRIMARY KEY);";
    const auto refused = migrate({changed, kSecond});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::WrongState);
    EXPECT_NE(refused.error().message.find("Schema step 1 (first)"), std::string::npos)
        << refused.error().message;
    EXPECT_EQ(rows("SELECT version FROM schema_migrations"), Rows{"1"});
}

TEST_F(Migrations, RefuseWhatIsNoDatabaseOrNotOurs) {
    std::ofstream(database())
        << "This is a letter, and a letter of more than a hundred bytes, since the header of a "
           "database is that long: not one of its bytes fits.";
    const auto letter = migrate({kFirst});
    ASSERT_FALSE(letter);
    EXPECT_EQ(letter.error().code, ErrorCode::WrongState);
    EXPECT_NE(letter.error().message.find(database().string()), std::string::npos);
    EXPECT_NE(letter.error().message.find("no database at all"), std::string::npos) << letter.error().message;

    std::filesystem::remove(database());
    change_file(database(), "CREATE TABLE foreign_words (id INTEGER)");
    const auto foreign = migrate({kFirst});
    ASSERT_FALSE(foreign);
    EXPECT_NE(foreign.error().message.find("database of another program"), std::string::npos);
    EXPECT_EQ(rows("SELECT name FROM sqlite_schema"), Rows{"foreign_words"});
}

TEST_F(Migrations, RefuseADamagedHeader) {
    ASSERT_TRUE(migrate({kFirst}));
    std::fstream file(database(), std::ios::in | std::ios::out | std::ios::binary);
    file.write("garbage!garbage!", 16);
    file.close();
    const auto refused = migrate({kFirst});
    ASSERT_FALSE(refused);
    EXPECT_NE(refused.error().message.find("damaged or no database"), std::string::npos);
}

TEST(StoreChild, Migrates) {
    const auto path = child_folder();
    if (!path) GTEST_SKIP() << "only for a child process";
    auto folder = DataFolder::open_blocking(*path);
    ASSERT_TRUE(folder);
    testing::CapturedLog log;
    testing::ManualClock clock;
    const std::vector<Migration> wanted{kFirst, kLong};
    tell_parent("begins");
    ASSERT_TRUE(migrate_blocking(*folder, wanted, {log, clock}));
    tell_parent("done");
}

TEST_F(Migrations, AreAllOrNothingUnderKill9) {
    ASSERT_TRUE(migrate({kFirst}));
    change_file(database(), "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)"
                            " INSERT INTO things SELECT i, 'thing ' || i FROM n");
    const auto pristine = temp_.path() / "pristine";
    std::filesystem::copy_file(database(), pristine);
    int killed = 0;
    for (int round = 0; round < 30; ++round) {
        ChildProcess child("StoreChild.Migrates", temp_.path().string());
        ASSERT_EQ(child.line().value_or("nothing"), "begins");
        // Either it is done within the time given, or it is killed in its midst.
        const std::chrono::milliseconds wait{round * 37 % 120};
        const bool in_time = child.line(wait).has_value();
        child.kill_hard();
        const auto versions = rows("SELECT version FROM schema_migrations ORDER BY version");
        const auto copies = rows("SELECT name FROM sqlite_schema WHERE name LIKE 'copies%' ORDER BY name");
        const auto seen = rows("SELECT COUNT(*) FROM things WHERE name LIKE '% seen'");
        if (versions == Rows{"1", "2"}) {
            EXPECT_EQ(copies, (Rows{"copies", "copies_by_name"}));
            EXPECT_EQ(seen, Rows{"20000"});
            EXPECT_EQ(rows("SELECT COUNT(*) FROM copies"), Rows{"10000"});
        } else {
            ++killed;
            EXPECT_FALSE(in_time);
            EXPECT_EQ(versions, Rows{"1"});
            EXPECT_EQ(copies, Rows{});
            EXPECT_EQ(seen, Rows{"0"});
        }
        EXPECT_EQ(rows("PRAGMA integrity_check"), Rows{"ok"});
        for (const auto& name : backups()) {
            if (!name.ends_with(".db")) continue;
            EXPECT_EQ(rows_of(temp_.path() / "backups" / name, "SELECT COUNT(*) FROM things"), Rows{"20000"});
        }
        // What was killed can be done again; what was done is put back for the next round.
        if (versions == Rows{"1", "2"}) {
            for (const char* more : {"-wal", "-shm", "-journal"}) {
                std::filesystem::remove(database().string() + more);
            }
            std::filesystem::copy_file(pristine, database(),
                                       std::filesystem::copy_options::overwrite_existing);
        }
        if (HasFailure()) return;
    }
    EXPECT_GT(killed, 0) << "no round was killed in its midst";
    EXPECT_EQ(migrate({kFirst, kLong}).value(), 2);
}

TEST_F(Migrations, ThatAreBuiltInHaveTheHashesTheyWereReleasedWith) {
    // A released file never changes: what is added here is only added.
    const std::vector<std::string> released{
        "sha256:02308bddf89156f03203c51ecb02cf762d4746d17d3d96246da1d5a0f9658552",
    };
    std::vector<std::string> built_in;
    int expected = 1;
    for (const Migration& migration : migrations()) {
        EXPECT_EQ(migration.version, expected++);
        built_in.push_back(core::content_hash(migration.sql));
    }
    EXPECT_EQ(built_in, released) << "run: sha256sum server/infra/store/migrations/*.sql";
}

TEST_F(Migrations, EverySchemaThatEverWasComesToToday) {
    // A database as schema N left it, with rows in every table: tests/schemas/NNNN.sql.
    int found = 0;
    for (const Migration& migration : migrations()) {
        const TempFolder folder;
        char name[16];
        std::snprintf(name, sizeof name, "%04d.sql", migration.version);
        std::ifstream file(std::filesystem::path(BOTERNITY_STORE_SCHEMAS) / name);
        ASSERT_TRUE(file) << "tests/schemas/" << name << " is missing";
        const std::string script{std::istreambuf_iterator<char>(file), {}};
        change_file(folder.path() / "boternity.db", script);
        auto opened = SqliteStore::open_blocking({folder.path(), log_, clock_});
        ASSERT_TRUE(opened) << opened.error().message << " " << opened.error().detail;
        EXPECT_EQ((*opened)->schema_version(), migrations().back().version);
        (*opened)->close();
        for (const char* table : {"bots", "souls", "sessions", "messages", "runs", "steps", "blobs",
                                  "providers", "receipts", "outbox", "files", "attachments",
                                  "message_attachments", "agent_messages", "workspace_entries"}) {
            EXPECT_NE(rows_of(folder.path() / "boternity.db", std::string("SELECT COUNT(*) FROM ") + table),
                      Rows{"0"})
                << table;
        }
        EXPECT_EQ(rows_of(folder.path() / "boternity.db", "PRAGMA foreign_key_check"), Rows{});
        ++found;
    }
    EXPECT_GT(found, 0);
}

}  // namespace
}  // namespace boternity::infra
