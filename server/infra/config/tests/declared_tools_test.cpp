#include "infra/config/config.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace boternity::infra {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

class DeclaredTools : public ::testing::Test {
protected:
    void write(std::string text) { text_ = std::move(text); }

    Config load() {
        auto config = check_config(sources_, "boternity.toml", text_);
        EXPECT_TRUE(config) << config.error().front().message;
        return config.value_or(Config{});
    }
    std::vector<std::string> faults() {
        std::vector<std::string> all;
        const auto config = check_config(sources_, "boternity.toml", text_);
        if (config) return all;
        for (const auto& fault : config.error())
            all.push_back(std::to_string(fault.line) + ":" + std::to_string(fault.column) + " " + fault.key +
                          " | " + fault.message);
        return all;
    }

    std::string text_;
    ConfigSources sources_{.env = [](const char*) { return std::nullopt; }};
};

TEST_F(DeclaredTools, ToolsAreRead) {
    write("[[tools]]\nname = \"tickets.open\"\ndescription = \"Opens one.\"\nurl = \"https://h/x\"\n"
          "idempotent = true\ntimeout_seconds = 600\nparameters = '{\"type\":\"object\"}'\n"
          "[tools.headers]\nAuthorization = \"env:TOKEN\"\nX-Team = \"a\"\n"
          "[[tools]]\nname = \"b\"\ndescription = \"B.\"\nurl = \"http://h/x\"\nread_only = true\n"
          "[tools.parameters]\ntype = \"object\"\n");
    const auto tools = load().tools;
    ASSERT_EQ(tools.size(), 2U);
    EXPECT_EQ(tools[0].name, "tickets.open");
    EXPECT_EQ(tools[0].parameters, R"({"type":"object"})");
    EXPECT_TRUE(tools[0].idempotent && !tools[0].read_only);
    EXPECT_EQ(tools[0].timeout_seconds, 600);
    EXPECT_THAT(tools[0].headers,
                ElementsAre(std::pair<std::string, std::string>("Authorization", "env:TOKEN"),
                            std::pair<std::string, std::string>("X-Team", "a")));
    EXPECT_EQ(tools[0].origin, "file boternity.toml:1");
    EXPECT_EQ(tools[1].parameters, R"({"type":"object"})");
    EXPECT_TRUE(tools[1].read_only && tools[1].headers.empty() && tools[1].timeout_seconds == 30);
}

TEST_F(DeclaredTools, WhatIsWrongWithAToolIsTold) {
    const std::string tool = "[[tools]]\nname = \"a.b\"\ndescription = \"x\"\nurl = \"http://h/\"\n";
    const auto fault = [&](const std::string& text) {
        text_ = text;
        const auto all = faults();
        return all.size() == 1 ? all.front() : std::to_string(all.size()) + " faults";
    };
    EXPECT_THAT(fault("[[tools]]\nname = \"A b\"\ndescription = \"x\"\nurl = \"http://h/\"\n"),
                HasSubstr("2:1 tools[0].name | tools[0].name must be 1 to 48 lower-case letters"));
    EXPECT_THAT(fault("[[tools]]\nname = \"a\"\ndescription = \"x\"\n"),
                HasSubstr("tools[0].url is missing"));
    EXPECT_THAT(fault("[[tools]]\nname = \"a\"\ndescription = \"x\"\nurl = \"ftp://h/\"\n"),
                HasSubstr("tools[0].url must be a URL that begins with http"));
    EXPECT_THAT(fault(tool + "timeout_seconds = 601\n"),
                HasSubstr("a whole number from 1 to 600; 601 is none"));
    EXPECT_THAT(fault(tool + "parameters = 7\n"), HasSubstr("must be a JSON Schema, as a table or as JSON"));
    EXPECT_THAT(fault(tool + "parameters = '[1]'\n"),
                HasSubstr("5:1 tools[0].parameters | tools[0]: parameters must"));
    EXPECT_THAT(fault(tool + "parameters = '{'\n"), HasSubstr("parameters must be a JSON Schema"));
    EXPECT_THAT(fault(tool + "[tools.headers]\nX-A = 1\n"),
                HasSubstr("tools[0].headers.X-A must be a text of one"));
    EXPECT_THAT(fault(tool + "[tools.headers]\nX-A = \"env:1\"\n"), HasSubstr("name of a variable"));
    EXPECT_THAT(fault(tool + "colour = 1\n"), HasSubstr("tools[0] there is no \"colour\""));
    EXPECT_THAT(fault(tool + tool), HasSubstr("tools[1].name is that of another tool"));
    EXPECT_THAT(fault(tool + "[[tools]]\nname = \"a_b\"\ndescription = \"x\"\nurl = \"http://h/\"\n"),
                HasSubstr("tools[1].name is that of another tool"));
    for (const char* name : {"Authorization", "X-Api-Key", "cookie", "X-Secret"}) {
        EXPECT_THAT(fault(tool + "[tools.headers]\n" + name + " = \"sk-live-1\"\n"),
                    AllOf(HasSubstr("6:1 tools[0].headers."), HasSubstr("never the value itself"),
                          Not(HasSubstr("sk-live"))));
    }
    sources_.checks.tool = [](const DeclaredTool&) { return Status(fail(invalid_argument("No.", "url"))); };
    EXPECT_THAT(fault(tool), HasSubstr("4:1 tools[0].url | tools[0]: No."));
}

}  // namespace
}  // namespace boternity::infra
