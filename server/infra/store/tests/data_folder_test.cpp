#include "infra/store/sqlite/data_folder.hpp"
#include "infra/store/sqlite_store.hpp"
#include "infra/store/tests/child_process.hpp"
#include "infra/store/tests/store_files.hpp"
#include "testing/captured_log.hpp"
#include "testing/manual_clock.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

namespace boternity::infra {
namespace {

using store::DataFolder;

int mode_of(const std::filesystem::path& path) {
    struct stat found{};
    return ::stat(path.c_str(), &found) == 0 ? static_cast<int>(found.st_mode & 0777) : -1;
}

std::string refusal(pid_t pid, const std::filesystem::path& folder) {
    return "Another Boternity (pid " + std::to_string(pid) + ") uses " + folder.string() +
           "; stop it or choose another folder with --data.";
}

TEST(DataFolder, IsMadeForItsOwnerOnly) {
    const TempFolder temp;
    testing::CapturedLog log;
    testing::ManualClock clock;
    const auto path = temp.path() / "deep" / "er" / "data";
    auto opened = SqliteStore::open_blocking({path, log, clock});
    ASSERT_TRUE(opened) << opened.error().message;
    EXPECT_EQ(mode_of(path), 0700);
    EXPECT_EQ(mode_of(path / "lock"), 0600);
    for (const auto& entry : std::filesystem::directory_iterator(path)) {
        EXPECT_EQ(mode_of(entry.path()) & 0077, 0) << entry.path();
    }
}

TEST(DataFolder, ThatWasOpenToOthersIsClosedToThemAndThatIsSaid) {
    const TempFolder temp;
    testing::ManualClock clock;
    for (const int mode : {0755, 0770, 0701}) {
        testing::CapturedLog log;
        ASSERT_EQ(::chmod(temp.path().c_str(), static_cast<mode_t>(mode)), 0);
        ASSERT_TRUE(SqliteStore::open_blocking({temp.path(), log, clock}));
        EXPECT_EQ(mode_of(temp.path()), 0700);
        EXPECT_EQ(log.count("data_folder_closed_to_others"), 1);
        EXPECT_TRUE(log.mentions(temp.path().string()));
    }
    testing::CapturedLog log;
    ASSERT_TRUE(SqliteStore::open_blocking({temp.path(), log, clock}));
    EXPECT_EQ(log.count("data_folder_closed_to_others"), 0) << "said once";
}

TEST(DataFolder, WithOtherThingsInItKeepsItsPermissions) {
    const TempFolder temp;
    testing::ManualClock clock;
    testing::CapturedLog log;
    std::ofstream(temp.path() / "notes.txt") << "mine";
    ASSERT_EQ(::chmod(temp.path().c_str(), 0755), 0);
    ASSERT_TRUE(SqliteStore::open_blocking({temp.path(), log, clock}));
    EXPECT_EQ(mode_of(temp.path()), 0755);
}

TEST(DataFolder, ThatIsSharedByDesignOrAnothersStaysAsItIs) {
    const TempFolder temp;
    ASSERT_EQ(::chmod(temp.path().c_str(), 01777), 0);
    EXPECT_FALSE(store::close_to_others_blocking(temp.path()).value());
    EXPECT_EQ(mode_of(temp.path()), 0777);
    ASSERT_EQ(::chmod(temp.path().c_str(), 0755), 0);
    if (::chown(temp.path().c_str(), 12345, static_cast<gid_t>(-1)) != 0) {
        GTEST_SKIP() << "giving a folder away needs privileges";
    }
    EXPECT_FALSE(store::close_to_others_blocking(temp.path()).value());
    EXPECT_EQ(mode_of(temp.path()), 0755);
}

TEST(DataFolder, InWhichOthersHaveAHandIsRefused) {
    testing::ManualClock clock;
    testing::CapturedLog log;
    const auto refused = [&](const TempFolder& temp, std::string_view what) {
        const auto opened = SqliteStore::open_blocking({temp.path(), log, clock});
        ASSERT_FALSE(opened) << what;
        EXPECT_EQ(opened.error().code, ErrorCode::WrongState);
        EXPECT_NE(opened.error().message.find(what), std::string::npos) << opened.error().message;
    };
    for (const char* name : {"boternity.db", "boternity.db-wal", "token", "server.json", "backups"}) {
        const TempFolder temp;
        const TempFolder elsewhere;
        std::filesystem::create_symlink(elsewhere.path() / "target", temp.path() / name);
        refused(temp, std::string(name) + " is a symbolic link");
        EXPECT_TRUE(std::filesystem::is_empty(elsewhere.path())) << name;
    }
    const TempFolder linked;
    const TempFolder other;
    std::ofstream(other.path() / "file") << "x";
    std::filesystem::create_hard_link(other.path() / "file", linked.path() / "boternity.db");
    refused(linked, "hard link");
    const TempFolder shared;
    std::ofstream(shared.path() / "notes.txt") << "mine";
    ASSERT_EQ(::chmod(shared.path().c_str(), 0777), 0);
    refused(shared, "can be written by others");
    ASSERT_EQ(::chmod(shared.path().c_str(), 01777), 0);
    refused(shared, "can be written by others");
}

TEST(DataFolder, FilesThatAreOpenToOthersAreClosed) {
    const TempFolder temp;
    testing::ManualClock clock;
    testing::CapturedLog log;
    ASSERT_TRUE(SqliteStore::open_blocking({temp.path(), log, clock}));
    ASSERT_EQ(::chmod((temp.path() / "boternity.db").c_str(), 0644), 0);
    ASSERT_TRUE(SqliteStore::open_blocking({temp.path(), log, clock}));
    EXPECT_EQ(mode_of(temp.path() / "boternity.db"), 0600);
}

TEST(DataFolder, OneHolderInAProcess) {
    const TempFolder temp;
    {
        const auto first = DataFolder::open_blocking(temp.path());
        ASSERT_TRUE(first);
        const auto second = DataFolder::open_blocking(temp.path());
        ASSERT_FALSE(second);
        EXPECT_EQ(second.error().code, ErrorCode::Unavailable);
        EXPECT_EQ(second.error().message, refusal(::getpid(), temp.path()));
    }
    EXPECT_TRUE(DataFolder::open_blocking(temp.path())) << "given back";
}

TEST(StoreChild, HoldsTheDataFolder) {
    const auto folder = child_folder();
    if (!folder) GTEST_SKIP() << "only for a child process";
    const auto held = DataFolder::open_blocking(*folder);
    ASSERT_TRUE(held) << held.error().message;
    tell_parent(std::to_string(::getpid()));
    ::pause();
}

TEST(DataFolder, OneHolderAmongProcessesAndNoneAfterItsDeath) {
    const TempFolder temp;
    ChildProcess child("StoreChild.HoldsTheDataFolder", temp.path().string());
    const auto pid = child.line();
    ASSERT_TRUE(pid);
    testing::CapturedLog log;
    testing::ManualClock clock;
    const auto refused = SqliteStore::open_blocking({temp.path(), log, clock});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().message, refusal(std::stoi(*pid), temp.path()));
    EXPECT_FALSE(std::filesystem::exists(temp.path() / "boternity.db")) << "the database was not touched";
    child.kill_hard();
    EXPECT_TRUE(SqliteStore::open_blocking({temp.path(), log, clock}));
}

TEST(DataFolder, SaysWhatIsInTheWay) {
    const TempFolder temp;
    const auto file = temp.path() / "file";
    std::ofstream(file) << "x";
    for (const auto& path : {file, file / "below"}) {
        const auto refused = DataFolder::open_blocking(path);
        ASSERT_FALSE(refused);
        EXPECT_NE(refused.error().message.find(file.string()), std::string::npos) << refused.error().message;
        EXPECT_NE(refused.error().message.find("--data"), std::string::npos);
    }
}

TEST(DataFolder, PathsOfAnyKindWork) {
    const TempFolder temp;
    testing::CapturedLog log;
    testing::ManualClock clock;
    for (const std::string name :
         {"with space", "db=x timeout=0", "\"quoted\"", "%20?mode=ro#x", "ünï", "'"}) {
        auto opened = SqliteStore::open_blocking({temp.path() / name, log, clock});
        ASSERT_TRUE(opened) << name << ": " << opened.error().message << " " << opened.error().detail;
        EXPECT_TRUE(std::filesystem::exists(temp.path() / name / "boternity.db")) << name;
    }
}

}  // namespace
}  // namespace boternity::infra
