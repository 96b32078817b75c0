#include "cli/discovery.hpp"

#include <gtest/gtest.h>
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
    void TearDown() override { fs::remove_all(folder_); }

    void write(const std::string& name, const std::string& text) const {
        std::ofstream(folder_ / name) << text;
    }
    void server_runs_at(const std::string& address, pid_t pid = getpid()) const {
        write("server.json", "{\"address\":\"" + address + "\",\"pid\":" + std::to_string(pid) + "}");
    }
    Answer<Endpoint> find() const {
        return find_server(hints_, [this](const char* name) -> std::optional<std::string> {
            const auto found = env_.find(name);
            return found == env_.end() ? std::nullopt : std::optional(found->second);
        });
    }

    fs::path folder_;
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

    server_runs_at("127.0.0.1:7420", dead_process());
    const auto dead = find();
    ASSERT_FALSE(dead);
    EXPECT_EQ(dead.error().exit, ExitCode::NoServer);
    EXPECT_NE(dead.error().message.find("is gone"), std::string::npos);

    for (const auto* broken : {"", "{", "[]", "{}", "{\"address\":7}"}) {
        write("server.json", broken);
        EXPECT_EQ(find().error().exit, ExitCode::NoServer) << broken;
    }
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
