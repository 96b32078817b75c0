#include "cli/discovery.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <map>

namespace boternity::cli {
namespace {

namespace fs = std::filesystem;

class Discovery : public ::testing::Test {
protected:
    void SetUp() override {
        std::string name = (fs::temp_directory_path() / "boternity-test-XXXXXX").string();
        ASSERT_NE(mkdtemp(name.data()), nullptr);
        folder_ = name;
        hints_.data = name;
    }
    void TearDown() override {
        let_go();
        fs::remove_all(folder_);
    }

    void write(const std::string& name, const std::string& text) const {
        std::ofstream(folder_ / name) << text;
    }
    void server_was_at(const std::string& address, pid_t pid = getpid()) const {
        write("server.json", "{\"address\":\"" + address + "\",\"pid\":" + std::to_string(pid) + "}");
    }
    /// As a server holds its folder: an exclusive flock on `lock`, with its process id in it.
    void hold(const std::string& pid) {
        let_go();
        write("lock", pid);
        lock_ = open((folder_ / "lock").c_str(), O_RDWR | O_CLOEXEC);
        ASSERT_EQ(flock(lock_, LOCK_EX | LOCK_NB), 0);
    }
    void let_go() {
        if (lock_ >= 0) close(lock_);
        lock_ = -1;
    }
    void server_runs_at(const std::string& address) {
        server_was_at(address);
        hold(std::to_string(getpid()) + "\n");
    }
    Answer<Endpoint> find() const {
        return find_server(hints_, [this](const char* name) -> std::optional<std::string> {
            const auto found = env_.find(name);
            return found == env_.end() ? std::nullopt : std::optional(found->second);
        });
    }

    fs::path folder_;
    int lock_ = -1;
    ServerHints hints_;
    std::map<std::string, std::string> env_;
};

/// The id of a process that has ended.
pid_t dead_process() {
    const pid_t child = fork();
    if (child == 0) _exit(0);
    int status = 0;
    waitpid(child, &status, 0);
    return child;
}

TEST_F(Discovery, ARunningServerIsFoundByItsDataFolder) {
    server_runs_at("127.0.0.1:7420");
    write("token", "secret\n");
    const auto found = find();
    ASSERT_TRUE(found) << found.error().message;
    EXPECT_EQ(found->base_url, "http://127.0.0.1:7420");
    EXPECT_EQ(found->token, "secret");
}

TEST_F(Discovery, WithoutAServerItSaysHowToStartOne) {
    const auto none = find();
    ASSERT_FALSE(none);
    EXPECT_EQ(none.error().exit, ExitCode::NoServer);
    EXPECT_NE(none.error().message.find("boternity serve"), std::string::npos);
    EXPECT_NE(none.error().message.find(folder_.string()), std::string::npos);

    server_was_at("127.0.0.1:7420", dead_process());
    const auto dead = find();
    ASSERT_FALSE(dead);
    EXPECT_EQ(dead.error().exit, ExitCode::NoServer);
    EXPECT_NE(dead.error().message.find("is gone"), std::string::npos);

    for (const auto* broken : {"", "{", "[]", "{}", "{\"address\":7}"}) {
        write("server.json", broken);
        EXPECT_EQ(find().error().exit, ExitCode::NoServer) << broken;
    }
}

TEST_F(Discovery, AServerIsThereForAsLongAsItHoldsTheFolder) {
    write("token", "secret");
    const auto gone = [&] {
        hints_.server.clear();
        const auto found = find();
        EXPECT_FALSE(found) << "it was found, and got the token";
        if (found) return false;
        EXPECT_EQ(found.error().exit, ExitCode::NoServer);
        // Said to be there, it is asked; but not with the token.
        hints_.server = "127.0.0.1:7420";
        EXPECT_EQ(find()->token, "");
        return found.error().message.find("is gone") != std::string::npos;
    };
    // A process with that number lives, as one does after a crash when the number was given again.
    server_was_at("127.0.0.1:7420");
    EXPECT_TRUE(gone()) << "without a lock";
    hold(std::to_string(getpid()));
    let_go();
    EXPECT_TRUE(gone()) << "with a lock that nobody holds";
    hold(std::to_string(getppid()));
    EXPECT_TRUE(gone()) << "with another one's lock: the next server, which is still starting";
    hints_.server.clear();
    for (const auto& holder : {std::to_string(getpid()), std::string()}) {
        hold(holder);
        ASSERT_TRUE(find()) << find().error().message;
        EXPECT_EQ(find()->token, "secret");
    }
    let_go();
    EXPECT_TRUE(gone()) << "as soon as it lets go";
}

TEST_F(Discovery, LookingForAServerLeavesTheLockFree) {
    server_was_at("127.0.0.1:7420");
    write("lock", "");
    EXPECT_FALSE(find());
    hold("");
}

TEST_F(Discovery, ATokenIsOneLine) {
    server_runs_at("127.0.0.1:7420");
    env_["BOTERNITY_TOKEN"] = "secret\r\n";
    EXPECT_EQ(find()->token, "secret");
    for (const auto* bad : {"se\ncret", "secret\x01", "\tsecret",
                            "se\x7f"
                            "cret",
                            " \n"}) {
        env_["BOTERNITY_TOKEN"] = bad;
        ASSERT_FALSE(find()) << bad;
        EXPECT_EQ(find().error().exit, ExitCode::Usage);
        EXPECT_TRUE(find().error().message.starts_with("BOTERNITY_TOKEN ")) << find().error().message;
    }
    env_.clear();
    const std::string file = (folder_ / "mine").string();
    write("mine", "secret\nand more\n");
    env_["BOTERNITY_TOKEN_FILE"] = file;
    ASSERT_FALSE(find());
    EXPECT_NE(find().error().message.find(file), std::string::npos) << find().error().message;
    env_.clear();
    write("token", "secret\nand more\n");
    ASSERT_FALSE(find());
    EXPECT_NE(find().error().message.find((folder_ / "token").string()), std::string::npos);
}

TEST_F(Discovery, WhatIsSaidWinsOverTheEnvironment) {
    env_["BOTERNITY_SERVER"] = "10.0.0.1:1";
    env_["BOTERNITY_TOKEN"] = "from-env";
    EXPECT_EQ(find()->base_url, "http://10.0.0.1:1");
    EXPECT_EQ(find()->token, "from-env");
    hints_.server = "https://bots.example.org/";
    hints_.token_file = (folder_ / "mine").string();
    write("mine", "from-file\n");
    EXPECT_EQ(find()->base_url, "https://bots.example.org");
    EXPECT_EQ(find()->token, "from-file");
}

TEST_F(Discovery, TheFoldersTokenGoesOnlyToTheFoldersServer) {
    server_runs_at("127.0.0.1:7420");
    write("token", "secret");
    hints_.server = "127.0.0.1:7420";
    EXPECT_EQ(find()->token, "secret");
    for (const auto* other : {"127.0.0.1:7421", "evil.example:7420", "https://127.0.0.1:7420"}) {
        hints_.server = other;
        ASSERT_TRUE(find()) << other;
        EXPECT_EQ(find()->token, "") << other;
    }
}

TEST_F(Discovery, ATokenFileThatCannotBeReadIsSaidAtOnce) {
    server_runs_at("127.0.0.1:7420");
    env_["BOTERNITY_TOKEN_FILE"] = (folder_ / "missing").string();
    ASSERT_FALSE(find());
    EXPECT_EQ(find().error().exit, ExitCode::Usage);
}

TEST_F(Discovery, AddressesAreChecked) {
    for (const auto* good : {"localhost:7420", "[::1]:7420", "http://a:1", "https://a", "http://a/"}) {
        hints_.server = good;
        EXPECT_TRUE(find()) << good;
    }
    for (const auto* bad : {"localhost", "ftp://a:1", "a:0", "a:99999", "a:x", ":7420", "http://",
                            "http://u@a:1", "http://a/path", "a:1 b", "http://a?x"}) {
        hints_.server = bad;
        ASSERT_FALSE(find()) << bad;
        EXPECT_EQ(find().error().exit, ExitCode::Usage) << bad;
    }
}

TEST(DataFolder, FollowsTheEnvironment) {
    const auto with = [](std::map<std::string, std::string> env) {
        return default_data_folder([env](const char* name) -> std::optional<std::string> {
            const auto found = env.find(name);
            return found == env.end() ? std::nullopt : std::optional(found->second);
        });
    };
    EXPECT_EQ(with({{"BOTERNITY_DATA", "/d"}, {"XDG_DATA_HOME", "/x"}, {"HOME", "/h"}}), "/d");
    EXPECT_EQ(with({{"XDG_DATA_HOME", "/x"}, {"HOME", "/h"}}), "/x/boternity");
    EXPECT_EQ(with({{"XDG_DATA_HOME", "relative"}, {"HOME", "/h"}}), "/h/.local/share/boternity");
    EXPECT_EQ(with({{"HOME", "/h"}}), "/h/.local/share/boternity");
    EXPECT_EQ(with({}), "boternity-data");
}

}  // namespace
}  // namespace boternity::cli
