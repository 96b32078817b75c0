#include "cli/tests/command_run.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <string>

namespace boternity::cli {
namespace {

namespace fs = std::filesystem;

class Completion : public ::testing::Test {
protected:
    void SetUp() override {
        std::string name = (fs::temp_directory_path() / "boternity-test-XXXXXX").string();
        ASSERT_NE(mkdtemp(name.data()), nullptr);
        folder_ = name;
    }
    void TearDown() override { fs::remove_all(folder_); }

    /// The script of a shell, as a file.
    std::string script(const std::string& shell) const {
        const auto ended = CommandRun()({"completion", shell});
        EXPECT_EQ(ended.code, 0);
        const auto path = folder_ / shell;
        std::ofstream(path) << ended.out;
        return path.string();
    }

    static std::set<std::string> words_of(const std::string& command) {
        std::set<std::string> out;
        const std::unique_ptr<std::FILE, int (*)(std::FILE*)> pipe(popen(command.c_str(), "r"), &pclose);
        std::array<char, 4096> line{};
        while (std::fgets(line.data(), line.size(), pipe.get()) != nullptr) {
            std::istringstream words{std::string(line.data())};
            for (std::string word; words >> word;) out.insert(word);
        }
        return out;
    }

    /// What bash offers for a command line; the last word is the one being typed.
    std::set<std::string> offered(const std::string& words) const {
        return words_of("bash --norc -c 'source " + script("bash") + "; COMP_WORDS=(" + words +
                        "); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _boternity; echo \"${COMPREPLY[@]}\"'");
    }

    fs::path folder_;
};

TEST_F(Completion, BashOffersWhatTheTreeHas) {
    ASSERT_EQ(std::system(("bash -n " + script("bash")).c_str()), 0);
    EXPECT_EQ(offered("boternity c"), (std::set<std::string>{"chat", "completion", "config"}));
    EXPECT_EQ(offered("boternity bot s"), (std::set<std::string>{"show", "start", "stop"}));
    EXPECT_EQ(offered("boternity --data x --json soul r"), std::set<std::string>{"rollback"});
    EXPECT_EQ(offered("boternity bot create --so"), std::set<std::string>{"--soul"});
    EXPECT_EQ(offered("boternity bot create Ada --js"), std::set<std::string>{"--json"});
    EXPECT_EQ(offered("boternity run list --state c"), (std::set<std::string>{"cancelled", "completed"}));
    EXPECT_EQ(offered("boternity completion \"\"").count("fish"), 1U);
    EXPECT_EQ(offered("boternity help e"), std::set<std::string>{"exit-codes"});
    // A file is wanted: bash's own completion of files takes over.
    EXPECT_EQ(offered("boternity bot create --soul b"), std::set<std::string>{});
}

TEST_F(Completion, ZshAndFishScriptsAreValidWhereTheShellIs) {
    int checked = 0;
    for (const std::string shell : {"zsh", "fish"}) {
        const std::string path = script(shell);
        EXPECT_GT(fs::file_size(path), 1000U);
        if (std::system(("command -v " + shell + " > /dev/null").c_str()) != 0) continue;
        EXPECT_EQ(std::system((shell + " -n " + path).c_str()), 0) << shell;
        ++checked;
    }
    if (checked == 0) GTEST_SKIP() << "neither zsh nor fish is installed";
}

}  // namespace
}  // namespace boternity::cli
