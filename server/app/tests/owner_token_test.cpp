#include "app/owner_token.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

namespace boternity::app {
namespace {

class OwnerToken : public ::testing::Test {
protected:
    OwnerToken() {
        std::string pattern = (std::filesystem::temp_directory_path() / "tokenXXXXXX").string();
        folder_ = ::mkdtemp(pattern.data());
    }
    ~OwnerToken() override { std::filesystem::remove_all(folder_); }

    std::filesystem::path folder_;
};

TEST_F(OwnerToken, IsMadeOnceAndReadableByTheOwnerOnly) {
    const auto first = owner_token_blocking(folder_);
    ASSERT_TRUE(first);
    EXPECT_EQ(first->size(), 64U);
    EXPECT_EQ(*owner_token_blocking(folder_), *first);
    struct stat info{};
    ASSERT_EQ(::stat((folder_ / "token").c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 0777, 0600U);
}

TEST_F(OwnerToken, ThatOthersMayReadIsRefused) {
    ASSERT_TRUE(owner_token_blocking(folder_));
    ::chmod((folder_ / "token").c_str(), 0644);
    const auto token = owner_token_blocking(folder_);
    ASSERT_FALSE(token);
    EXPECT_NE(token.error().message.find("chmod 600"), std::string::npos);
}

TEST_F(OwnerToken, ThatIsTooShortIsRefusedAndKept) {
    std::ofstream(folder_ / "token") << "short\n";
    ::chmod((folder_ / "token").c_str(), 0600);
    EXPECT_FALSE(owner_token_blocking(folder_));
    std::ifstream in(folder_ / "token");
    std::string text;
    std::getline(in, text);
    EXPECT_EQ(text, "short");
}

TEST_F(OwnerToken, CannotBeMadeInAFolderThatIsNotThere) {
    EXPECT_EQ(owner_token_blocking(folder_ / "none").error().code, ErrorCode::Unavailable);
}

}  // namespace
}  // namespace boternity::app
