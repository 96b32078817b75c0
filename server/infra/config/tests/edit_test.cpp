#include "infra/config/config_file.hpp"
#include "infra/config/edit.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <thread>

namespace boternity::infra {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;
using ::testing::HasSubstr;

std::string toml(std::string_view text, std::string_view key, const std::optional<json::value>& value) {
    return edit_text(text, ConfigFormat::Toml, key, value).value_or("(no way)");
}

std::string yaml(std::string_view text, std::string_view key, const std::optional<json::value>& value) {
    return edit_text(text, ConfigFormat::Yaml, key, value).value_or("(no way)");
}

constexpr std::string_view kToml = R"(# Ours.
[server]
listen = "127.0.0.1:1"   # é, the port
# grace_seconds = 5
allow_hosts = [
  "a", # one
  "b",
]  # hosts

[log] # how
  level = "info"

[[providers]]
name = "a"
)";

TEST(EditToml, ChangesTheValueAndNothingElse) {
    auto wanted = std::string(kToml);
    wanted.replace(wanted.find("\"127.0.0.1:1\""), 13, "\"[::1]:2\"");
    EXPECT_EQ(toml(kToml, "server.listen", "[::1]:2"), wanted);
    EXPECT_EQ(toml(kToml, "server.listen", "127.0.0.1:1"), kToml);
    EXPECT_THAT(toml(kToml, "server.allow_hosts", json::array{"c"}),
                HasSubstr("\nallow_hosts = [\"c\"]  # hosts\n\n[log]"));
    EXPECT_EQ(toml("[server]\r\nlisten = 'a'\r\n", "server.listen", "b\"\\\n"),
              "[server]\r\nlisten = \"b\\\"\\\\\\n\"\r\n");
    EXPECT_EQ(toml("server = { listen = \"a\" }", "server.listen", "b"), "server = { listen = \"b\" }");
    EXPECT_EQ(toml("server.listen = \"a\"\n", "server.listen", "b"), "server.listen = \"b\"\n");
}

TEST(EditToml, AddsBehindTheSectionsLastEntry) {
    EXPECT_THAT(toml(kToml, "server.grace_seconds", 7), HasSubstr("]  # hosts\ngrace_seconds = 7\n\n[log]"));
    EXPECT_THAT(toml(kToml, "log.format", "json"),
                HasSubstr("  level = \"info\"\n  format = \"json\"\n\n[[prov"));
    EXPECT_EQ(toml(kToml, "limits.idle_seconds", 9), std::string(kToml) + "\n[limits]\nidle_seconds = 9\n");
    EXPECT_EQ(toml("", "log.level", "debug"), "[log]\nlevel = \"debug\"\n");
    EXPECT_EQ(toml("[log]", "log.level", "debug"), "[log]\nlevel = \"debug\"\n");
    EXPECT_EQ(toml("log.level = \"info\"\n", "log.format", "json"),
              "log.level = \"info\"\nlog.format = \"json\"\n");
    EXPECT_EQ(toml("log = { level = \"info\" }\n", "log.format", "json"), "(no way)");
}

TEST(EditToml, RemovesWholeLines) {
    auto wanted = std::string(kToml);
    wanted.erase(wanted.find("allow_hosts"), wanted.find("\n[log]") - wanted.find("allow_hosts"));
    EXPECT_EQ(toml(kToml, "server.allow_hosts", std::nullopt), wanted);
    EXPECT_EQ(toml(kToml, "limits.idle_seconds", std::nullopt), kToml);
    EXPECT_EQ(toml("server = { listen = \"a\", grace_seconds = 1 }", "server.listen", std::nullopt),
              "(no way)");
}

constexpr std::string_view kYaml = R"(# Ours.
server:
  listen: "127.0.0.1:1"   # the port
  # grace_seconds: 5
  allow_hosts:
  - a # one
  - b

log: {level: info}
limits:
  # none yet
models:
    default: a/b # c
)";

TEST(EditYaml, ChangesTheValueAndNothingElse) {
    auto wanted = std::string(kYaml);
    wanted.replace(wanted.find("\"127.0.0.1:1\""), 13, "\"[::1]:2\"");
    EXPECT_EQ(yaml(kYaml, "server.listen", "[::1]:2"), wanted);
    EXPECT_THAT(yaml(kYaml, "server.allow_hosts", json::array{"c"}),
                HasSubstr("  allow_hosts: [\"c\"]\n\nlog:"));
    EXPECT_THAT(yaml(kYaml, "models.default", "x/y"), HasSubstr("    default: \"x/y\" # c\n"));
    EXPECT_EQ(yaml(kYaml, "log.level", "debug"), "(no way)");
    EXPECT_EQ(yaml("models:\n  folder: \"a #b\"\n", "models.folder", "c"), "models:\n  folder: \"c\"\n");
}

TEST(EditYaml, AddsAndRemovesEntries) {
    EXPECT_THAT(yaml(kYaml, "server.grace_seconds", 7), HasSubstr("  - b\n  grace_seconds: 7\n\nlog:"));
    EXPECT_THAT(yaml(kYaml, "limits.idle_seconds", 9), HasSubstr("limits:\n  idle_seconds: 9\n"));
    EXPECT_THAT(yaml(kYaml, "models.folder", "/m"), HasSubstr("# c\n    folder: \"/m\"\n"));
    EXPECT_EQ(yaml("", "log.level", "debug"), "log:\n  level: \"debug\"\n");
    EXPECT_THAT(yaml(kYaml, "server.allow_hosts", std::nullopt), HasSubstr("  # grace_seconds: 5\n\nlog:"));
    EXPECT_THAT(yaml(kYaml, "models.default", std::nullopt), HasSubstr("models:\n"));
}

/// A data folder, and what edits of it see.
class EditFile : public ::testing::Test {
protected:
    EditFile() {
        std::string name = (fs::temp_directory_path() / "boternity-config-XXXXXX").string();
        folder_ = ::mkdtemp(name.data());
        sources_ = {.data_folder = folder_ / "data", .env = [](const char*) { return std::nullopt; }};
    }
    ~EditFile() override { fs::remove_all(folder_); }

    static std::string read(const fs::path& path) {
        std::ifstream in(path, std::ios::binary);
        return {std::istreambuf_iterator<char>(in), {}};
    }

    fs::path folder_;
    ConfigSources sources_;
};

TEST_F(EditFile, MakesAFileForItsOwnerOnly) {
    const auto edit = edit_config_blocking(sources_, "log.level", "debug");
    ASSERT_TRUE(edit) << edit.error().front().text();
    EXPECT_TRUE(edit->made);
    EXPECT_EQ(read(folder_ / "data/boternity.toml"), "[log]\nlevel = \"debug\"\n");
    struct stat info{};
    ::stat((folder_ / "data/boternity.toml").c_str(), &info);
    EXPECT_EQ(info.st_mode & 0777U, 0600U);
    EXPECT_FALSE(edit_config_blocking(sources_, "log.level", "debug")->changed);
}

TEST_F(EditFile, KeepsPermissionsAndLinks) {
    fs::create_directory(folder_ / "data");
    const auto path = folder_ / "real.toml";
    std::ofstream(path) << "[log]\n";
    fs::permissions(path, fs::perms(0640));
    fs::create_symlink(path, folder_ / "data/boternity.toml");
    ASSERT_TRUE(edit_config_blocking(sources_, "log.level", "debug"));
    EXPECT_EQ(read(path), "[log]\nlevel = \"debug\"\n");
    EXPECT_TRUE(fs::is_symlink(folder_ / "data/boternity.toml"));
    struct stat info{};
    ::stat(path.c_str(), &info);
    EXPECT_EQ(info.st_mode & 0777U, 0640U);
}

TEST_F(EditFile, WritesNothingThatIsWrong) {
    ASSERT_TRUE(edit_config_blocking(sources_, "server.grace_seconds", "5"));
    const auto before = read(folder_ / "data/boternity.toml");
    for (const char* wrong : {"-1", "3601", "many", "", "5.5"}) {
        const auto edit = edit_config_blocking(sources_, "server.grace_seconds", wrong);
        ASSERT_FALSE(edit) << wrong;
        EXPECT_THAT(edit.error().front().message, HasSubstr("must be a whole number from 0 to 3600"));
    }
    const auto edit = edit_config_blocking(sources_, "server.grace_second", "5");
    ASSERT_FALSE(edit);
    EXPECT_THAT(edit.error().front().message, HasSubstr("did you mean server.grace_seconds?"));
    EXPECT_EQ(read(folder_ / "data/boternity.toml"), before);
    EXPECT_EQ(std::distance(fs::directory_iterator(folder_ / "data"), {}), 1)
        << "an edit left something behind";
}

TEST_F(EditFile, ManyAtOnceAllCount) {
    std::vector<std::thread> edits;
    const auto& rules = setting_rules();
    for (const auto& rule : rules) {
        if (rule.type != "number") continue;
        edits.emplace_back([&] {
            EXPECT_TRUE(edit_config_blocking(sources_, rule.key,
                                             std::to_string(std::get<std::int64_t>(rule.fallback) + 1)));
        });
    }
    for (auto& edit : edits) edit.join();
    const auto config = load_config_blocking(sources_);
    ASSERT_TRUE(config);
    for (const auto& rule : rules) {
        if (rule.type == "number") {
            EXPECT_EQ(config->number(rule.key), std::get<std::int64_t>(rule.fallback) + 1) << rule.key;
        }
    }
}

}  // namespace
}  // namespace boternity::infra
