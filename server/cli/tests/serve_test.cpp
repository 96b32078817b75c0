#include "cli/tests/command_run.hpp"

#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace boternity::cli {
namespace {

TEST(Serve, RefusesAValueBeforeItServes) {
    CommandRun run;
    bool served = false;
    run.serve.serve = [&](ServeOptions) {
        served = true;
        return Status{};
    };
    const auto check = [](std::string_view value) -> Status {
        if (value == "good") return {};
        return fail(invalid_argument("It is not good."));
    };
    run.serve.checks.settings = {{"server.listen", check}, {"server.allow_hosts", check}};
    for (const char* option : {"--listen", "--allow-host"}) {
        const auto ended = run({"serve", "--allow-host", "good", option, "bad"});
        EXPECT_EQ(ended.code, 2);
        EXPECT_EQ(ended.err,
                  "error: " + std::string(option) + ": It is not good. See `boternity serve --help`.\n");
    }
    EXPECT_FALSE(served);
    EXPECT_EQ(run({"serve", "--listen", "good"}).code, 0);
    EXPECT_TRUE(served);
}

TEST(Serve, TellsWhyItDidNotStart) {
    CommandRun run;
    run.serve.serve = [](ServeOptions) -> Status {
        return fail(ErrorCode::Unavailable, "The port is taken; choose another.", "errno 98");
    };
    const auto ended = run({"serve", "--json"});
    EXPECT_EQ(ended.code, 1);
    EXPECT_EQ(ended.err, "error: The port is taken; choose another. (errno 98.)\n");
    EXPECT_EQ(boost::json::parse(ended.out).at("code"), "unavailable");
    run.serve.serve = [](ServeOptions) -> Status { return fail(invalid_argument("That is no folder.")); };
    EXPECT_EQ(run({"serve"}).code, 2);
}

}  // namespace
}  // namespace boternity::cli
