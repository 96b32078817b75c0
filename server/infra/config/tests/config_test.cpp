#include "infra/config/config.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

namespace boternity::infra {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

/// A folder of its own, and an environment.
class ConfigLoading : public ::testing::Test {
protected:
    ConfigLoading() {
        std::string name = (fs::temp_directory_path() / "boternity-config-XXXXXX").string();
        folder_ = ::mkdtemp(name.data());
        sources_.data_folder = folder_;
        sources_.env = [this](const char* variable) -> std::optional<std::string> {
            const auto found = env_.find(variable);
            return found == env_.end() ? std::nullopt : std::optional(found->second);
        };
    }
    ~ConfigLoading() override { fs::remove_all(folder_); }

    void write(const std::string& name, const std::string& text) {
        std::ofstream(folder_ / name, std::ios::binary) << text;
    }

    Config load() {
        auto loaded = load_config_blocking(sources_);
        EXPECT_TRUE(loaded) << (loaded ? "" : loaded.error().front().text());
        return loaded ? *loaded : Config{};
    }

    /// Each fault as LINE:COLUMN KEY, and its sentence.
    std::vector<std::string> faults() {
        const auto loaded = load_config_blocking(sources_);
        std::vector<std::string> out;
        if (loaded) return out;
        for (const auto& fault : loaded.error()) {
            out.push_back(std::to_string(fault.line) + ":" + std::to_string(fault.column) + " " + fault.key +
                          " | " + fault.message);
        }
        return out;
    }

    fs::path folder_;
    std::map<std::string, std::string> env_;
    ConfigSources sources_;
};

TEST_F(ConfigLoading, NothingSaidMeansTheDefaultsOfTheSchema) {
    const auto config = load();
    EXPECT_EQ(config.file, fs::path());
    EXPECT_EQ(config.text("server.listen"), "127.0.0.1:7420");
    EXPECT_EQ(config.number("upstream.silence_seconds"), 120);
    EXPECT_EQ(config.setting("server.listen").origin, "default");
    EXPECT_EQ(config.settings.size(), setting_rules().size());
}

TEST_F(ConfigLoading, EverySettingIsWholeInTheSchema) {
    ASSERT_GE(setting_rules().size(), 10U);
    std::set<std::string> variables;
    for (const auto& rule : setting_rules()) {
        EXPECT_FALSE(rule.description.empty()) << rule.key;
        EXPECT_FALSE(rule.expects.empty()) << rule.key;
        EXPECT_TRUE(rule.variable.starts_with("BOTERNITY_")) << rule.key;
        EXPECT_TRUE(variables.insert(rule.variable).second) << rule.variable << " overrides two settings";
        const auto dot = rule.key.find('.');
        const boost::json::object root{
            {rule.key.substr(0, dot), {{rule.key.substr(dot + 1), to_json(rule.fallback)}}}};
        EXPECT_TRUE(check_schema(root).empty()) << rule.key << " has a default that the schema forbids";
    }
}

TEST_F(ConfigLoading, TheCommandLineWinsOverTheEnvironmentOverTheFile) {
    write("boternity.toml",
          "# mine\n[server]\nlisten = \"127.0.0.1:1\"\ngrace_seconds = 3\n\n[log]\nlevel = \"debug\"\n");
    env_ = {{"BOTERNITY_GRACE_SECONDS", "4"}, {"BOTERNITY_LISTEN", "127.0.0.1:2"}};
    sources_.options["server.listen"] = {"127.0.0.1:3"};
    const auto config = load();
    EXPECT_EQ(config.setting("server.listen"), (ConfigSetting{"127.0.0.1:3", "command line --listen"}));
    EXPECT_EQ(config.setting("server.grace_seconds"),
              (ConfigSetting{std::int64_t{4}, "environment BOTERNITY_GRACE_SECONDS"}));
    EXPECT_EQ(config.setting("log.level"), (ConfigSetting{"debug", "file boternity.toml:7"}));
}

TEST_F(ConfigLoading, YamlSaysTheSame) {
    write("boternity.yaml", "server:\n  listen: '[::1]:7420'\n  allow_hosts: [a, \"b:1\"]\nlog: {level: "
                            "debug}\nlimits:\n  # none\n"
                            "providers:\n  - name: ollama\n    base_url: http://127.0.0.1:11434/v1\n    "
                            "models:\n    - llama3.2\n");
    const auto config = load();
    EXPECT_EQ(config.setting("server.listen"), (ConfigSetting{"[::1]:7420", "file boternity.yaml:2"}));
    EXPECT_THAT(config.list("server.allow_hosts"), ElementsAre("a", "b:1"));
    EXPECT_EQ(config.text("log.level"), "debug");
    ASSERT_EQ(config.providers.size(), 1U);
    EXPECT_EQ(config.providers[0].kind, "openai");
    EXPECT_EQ(config.providers[0].origin, "file boternity.yaml:8");
    EXPECT_THAT(config.providers[0].models, ElementsAre("llama3.2"));
}

TEST_F(ConfigLoading, AllThatIsWrongIsToldWithItsLine) {
    write("boternity.toml", "[server]\nlisen = \"x\"\ngrace_seconds = \"20\"\n[log]\nlevel = "
                            "\"loud\"\n[limits]\nidle_seconds = 0\n"
                            "[srever]\n[models]\nlisten = 1\n[upstream]\nsilence_seconds = 1.5\n");
    EXPECT_THAT(faults(),
                ::testing::UnorderedElementsAre(
                    "2:1 server.lisen | In server there is no \"lisen\"; did you mean listen?",
                    "3:1 server.grace_seconds | server.grace_seconds must be a whole number from 0 to 3600; "
                    "this text is none.",
                    "5:1 log.level | log.level must be one of: info, debug; this text is none.",
                    "7:1 limits.idle_seconds | limits.idle_seconds must be a whole number from 1 to 86400; 0 "
                    "is none.",
                    "8:2 srever | There is no \"srever\"; did you mean server?",
                    "10:1 models.listen | In models there is no \"listen\"; did you mean server.listen?",
                    "12:1 upstream.silence_seconds | upstream.silence_seconds must be a whole number from 1 "
                    "to 86400; a number "
                    "with a fraction is none."));
}

TEST_F(ConfigLoading, AKeyThatWasPastedIsNeverRepeated) {
    const std::string secret = "sk-live-0123456789";
    write("boternity.toml",
          "[[providers]]\nname = \"a\"\nbase_url = \"http://h/v1\"\nmodels = [\"m\"]\nkey = \"" + secret +
              "\"\n[[providers]]\nname = \"b\"\nbase_url = \"http://h/v1\"\nmodels = [\"m\"]\nkey = "
              "\"${K}\"\n");
    env_["K"] = secret;
    const auto all = faults();
    EXPECT_THAT(all, ElementsAre(AllOf(HasSubstr("5:1 providers[0].key | "), HasSubstr("env:NAME"),
                                       Not(HasSubstr(secret))),
                                 AllOf(HasSubstr("10:1 providers[1].key | "), HasSubstr("env:NAME"),
                                       Not(HasSubstr(secret)))));
    write("boternity.toml",
          "[[providers]]\nname = \"a\"\nbase_url = \"http://h/v1\"\nmodels = [\"m\"]\napi_key = \"" + secret +
              "\"\n");
    EXPECT_THAT(faults(),
                ElementsAre(AllOf(HasSubstr("5:1 providers[0].api_key | "), Not(HasSubstr(secret)))));
    write("boternity.toml", "[[providers]]\nkey = " + secret + "\n");
    EXPECT_THAT(faults(), ElementsAre(AllOf(HasSubstr("2:"), Not(HasSubstr(secret)))));
    write("boternity.toml", "");
    env_["BOTERNITY_LOG_LEVEL"] = secret;
    EXPECT_THAT(faults(), ElementsAre(AllOf(HasSubstr("log.level"), Not(HasSubstr(secret)))));
}

TEST_F(ConfigLoading, ReferencesAreReplacedAndCirclesNamed) {
    env_ = {
        {"HOST", "${ADDRESS}:7420"}, {"ADDRESS", "127.0.0.1"}, {"A", "x${B}"}, {"B", "${C}"}, {"C", "${A}"}};
    write("boternity.toml",
          "[server]\nlisten = \"${HOST}\"\ndata_folder = \"\"\n[models]\nfolder = \"$${HOME}$\"\n");
    sources_.file = folder_ / "boternity.toml";
    EXPECT_EQ(load().text("server.listen"), "127.0.0.1:7420");
    EXPECT_EQ(load().text("models.folder"), "${HOME}$");
    write("boternity.toml",
          "[server]\nlisten = \"${A}\"\n[models]\nfolder = \"${NONE}\"\ndefault = \"${\"\n");
    EXPECT_THAT(
        faults(),
        ElementsAre("2:1 server.listen | server.listen goes in a circle of environment variables, A -> B -> "
                    "C -> A; end it.",
                    "4:1 models.folder | models.folder names the environment variable NONE, which is not "
                    "set; set it, or write the value.",
                    HasSubstr("5:1 models.default | models.default has a ${ without")));
}

TEST_F(ConfigLoading, VariablesCannotMakeATextGrowWithoutBound) {
    env_["V0"] = std::string(100, 'x');
    for (int i = 1; i < 40; ++i) {
        const auto before = "${V" + std::to_string(i - 1) + "}";
        env_["V" + std::to_string(i)] = before + before;
    }
    write("boternity.toml", "[models]\nfolder = \"${V39}\"\n");
    EXPECT_THAT(faults(), ElementsAre(HasSubstr("longer than 4096 bytes")));
    env_["V0"] = "${E}";
    env_["E"] = " ";
    EXPECT_THAT(faults(), ElementsAre(HasSubstr("more than 1000 environment variables")));
    write("boternity.toml", "[models]\nfolder = \"" + std::string(5000, 'x') + "\"\n");
    EXPECT_THAT(faults(), ElementsAre(HasSubstr("longer than 4096 bytes")));
}

TEST_F(ConfigLoading, WhatIsNoTomlOrYamlIsToldWithLineAndColumn) {
    write("boternity.toml", "[server]\nlisten = \"abc\n");
    EXPECT_THAT(faults(), ElementsAre(HasSubstr("2:14  | This is no TOML: ")));
    write("boternity.toml", "[server]\n# \xc3\xa9\nlisten = \"\xff\"\n");
    EXPECT_THAT(faults(), ElementsAre("3:11  | What stands here is no UTF-8 text; save the file as UTF-8."));
    write("boternity.toml", std::string("a\0b", 3));
    EXPECT_THAT(faults(), ElementsAre(HasSubstr("1:2 ")));
    write("boternity.toml", "[server]\nlisten = 1\nlisten = 2\n");
    EXPECT_THAT(faults(), ElementsAre(HasSubstr("3:")));
    write("boternity.toml", "[server]\nlisten = 2026-11-23\n");
    EXPECT_THAT(faults(), ElementsAre(HasSubstr("2:10 server.listen | server.listen is a date or a time")));
    fs::remove(folder_ / "boternity.toml");
    write("boternity.yml", "server:\n  listen: [a\nlog: b\n");
    EXPECT_THAT(faults(), ElementsAre(HasSubstr("This is no YAML: ")));
    write("boternity.yml", "server:\n  listen: a\n  listen: b\n");
    EXPECT_THAT(faults(), ElementsAre(HasSubstr("3:3  | This key stands twice")));
    write("boternity.yml", "- a\n");
    EXPECT_THAT(faults(), ElementsAre(HasSubstr("mapping of sections")));
    write("boternity.yml", "log: {}\n---\nlog: {}\n");
    EXPECT_THAT(faults(), ElementsAre(HasSubstr("more than one document")));
    write("boternity.yml", "log:\n  level: !!str debug\n");
    EXPECT_THAT(faults(), ElementsAre(HasSubstr("2:10  | Tags")));
}

TEST_F(ConfigLoading, YamlAliasesAreRefusedBeforeTheyMultiply) {
    std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
    for (int i = 1; i < 30; ++i) {
        bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [";
        for (int j = 0; j < 10; ++j) bomb += (j ? ", *a" : "*a") + std::to_string(i - 1);
        bomb += "]\n";
    }
    write("boternity.yaml", bomb);
    EXPECT_THAT(faults(), ElementsAre(HasSubstr("2:10  | Aliases such as *name are not taken")));
    write("boternity.yaml", std::string(100'000, '['));
    EXPECT_THAT(faults(), ElementsAre(HasSubstr("1:")));
}

TEST_F(ConfigLoading, AFileThatCannotBeReadIsAFault) {
    sources_.file = folder_ / "none.toml";
    EXPECT_THAT(faults(), ElementsAre(HasSubstr("cannot be read (No such file or directory)")));
    fs::create_directory(folder_ / "folder.toml");
    sources_.file = folder_ / "folder.toml";
    EXPECT_THAT(faults(), ElementsAre(HasSubstr("no ordinary file")));
    write("boternity.ini", "");
    sources_.file = folder_ / "boternity.ini";
    EXPECT_THAT(faults(), ElementsAre(HasSubstr("ends in .toml, .yaml or .yml")));
    write("large.toml", std::string(kMaxConfigBytes + 1, '\n'));
    sources_.file = folder_ / "large.toml";
    EXPECT_THAT(faults(), ElementsAre(HasSubstr("larger than 1 MiB")));
    sources_.file.clear();
    write("boternity.toml", "");
    write("boternity.yaml", "");
    EXPECT_THAT(faults(), ElementsAre(HasSubstr("holds boternity.toml and boternity.yaml; keep one")));
}

TEST_F(ConfigLoading, AFileInTheDataFolderCannotMoveIt) {
    write("boternity.toml", "[server]\ndata_folder = \"/elsewhere\"\n");
    EXPECT_THAT(faults(), ElementsAre(HasSubstr("2:1 server.data_folder | ")));
    sources_.file = folder_ / "boternity.toml";
    EXPECT_EQ(load().text("server.data_folder"), "/elsewhere");
    EXPECT_EQ(data_folder_in_file_blocking(sources_.file, sources_.env).value_or("?"), "/elsewhere");
}

TEST_F(ConfigLoading, ProvidersAreCheckedWhole) {
    write("boternity.toml", "[[providers]]\nname = \"a\"\nbase_url = \"http://h/v1\"\nmodels = []\nkind = "
                            "\"none\"\n[[providers]]\nname = "
                            "\"B\"\nwindow_tokens = 1\nmodels = [\"m\", \"m\"]\n");
    EXPECT_THAT(faults(),
                ::testing::UnorderedElementsAre(
                    HasSubstr("4:1 providers[0].models | providers[0].models must be a list of 1 to 2000"),
                    HasSubstr("5:1 providers[0].kind | providers[0].kind must be one of: openai"),
                    HasSubstr("6:1 providers[1] | providers[1].base_url is missing"),
                    HasSubstr("7:1 providers[1].name | "),
                    HasSubstr("8:1 providers[1].window_tokens | providers[1].window_tokens must be a whole "
                              "number from 256"),
                    HasSubstr("9:1 providers[1].models | providers[1].models names something twice")));
    write("boternity.toml",
          "[[providers]]\nname = \"a\"\nbase_url = \"x\"\nmodels = [\"m\"]\n[[providers]]\nname = \"a\"\n"
          "base_url = \"y\"\nmodels = [\"m\"]\n");
    sources_.checks.provider = [](const DeclaredProvider& provider) -> Status {
        if (provider.base_url == "x") return fail(invalid_argument("It is no URL.", "base_url"));
        return {};
    };
    EXPECT_THAT(faults(), ElementsAre("3:1 providers[0].base_url | providers[0]: It is no URL.",
                                      HasSubstr("6:1 providers[1].name | ")));
}

TEST_F(ConfigLoading, RulesOutsideTheSchemaAreAskedOfTheValueThatCounts) {
    write("boternity.toml", "[server]\nlisten = \"bad\"\nallow_hosts = [\"good\", \"bad\"]\n");
    const auto check = [](std::string_view value) -> Status {
        if (value == "bad") return fail(invalid_argument("It is bad."));
        return {};
    };
    sources_.checks.settings = {{"server.listen", check}, {"server.allow_hosts", check}};
    EXPECT_THAT(faults(), ElementsAre("3:1 server.allow_hosts | server.allow_hosts: It is bad.",
                                      "2:1 server.listen | server.listen: It is bad."));
    sources_.options["server.listen"] = {"good"};
    EXPECT_EQ(faults().size(), 1U);
}

TEST(NearestName, IsTheOneAPersonMeant) {
    EXPECT_EQ(nearest_name("lisen", {"level", "listen"}), "listen");
    EXPECT_EQ(nearest_name("grcae_seconds", {"grace_seconds", "idle_seconds"}), "grace_seconds");
    EXPECT_EQ(nearest_name("xyz", {"level", "listen"}), std::nullopt);
    EXPECT_EQ(unknown_key("listen"), "There is no setting \"listen\"; did you mean server.listen?");
}

}  // namespace
}  // namespace boternity::infra
