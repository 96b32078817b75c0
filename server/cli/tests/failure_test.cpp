#include "cli/tests/command_run.hpp"
#include "cli/tests/fake_server.hpp"

#include <boost/json/parse.hpp>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <future>
#include <string>
#include <vector>

namespace boternity::cli {
namespace {

namespace json = boost::json;

TEST(Pages, AreJoinedIntoOneDocument) {
    FakeServer server([](const Asked& asked, Answering& answering) {
        const bool second = asked.target.find("page_token=p2%2F") != std::string::npos;
        answering.json(200, second ? R"({"bots":[{"slug":"c"}],"next_page_token":""})"
                                   : R"({"bots":[{"slug":"a"},{"slug":"b"}],"next_page_token":"p2/"})");
    });
    CommandRun run;
    run.env["BOTERNITY_SERVER"] = server.address();
    EXPECT_EQ(run({"bot", "list", "--json"}).out, R"({"bots":[{"slug":"a"},{"slug":"b"},{"slug":"c"}]})"
                                                  "\n");
    const auto cut = run({"bot", "list", "--json", "--limit", "2"});
    EXPECT_EQ(cut.out, R"({"bots":[{"slug":"a"},{"slug":"b"}]})"
                       "\n");
    EXPECT_NE(cut.err.find("only the first 2"), std::string::npos);
    EXPECT_EQ(run({"bot", "list", "--limit", "2", "--quiet"}).err, "");
}

TEST(Pages, AListThatBreaksOffIsClosedBeforeTheProblem) {
    for (const bool first : {false, true}) {
        FakeServer server([&](const Asked& asked, Answering& answering) {
            if (first || asked.target.find("page_token=p2") != std::string::npos)
                return answering.json(500, R"({"detail":"It broke.","code":"internal"})");
            answering.json(200, R"({"bots":[{"slug":"a"},{"slug":"b"}],"next_page_token":"p2"})");
        });
        CommandRun run;
        run.env["BOTERNITY_SERVER"] = server.address();
        const auto ended = run({"bot", "list", "--json"});
        EXPECT_EQ(ended.code, 1);
        EXPECT_EQ(ended.err, "error: It broke.\n");
        const std::string begun = first ? "" : "{\"bots\":[{\"slug\":\"a\"},{\"slug\":\"b\"}]}\n";
        EXPECT_EQ(ended.out, begun + "{\"detail\":\"It broke.\",\"code\":\"internal\"}\n");
    }
}

TEST(Pages, AServerThatGoesInCirclesIsNotFollowed) {
    FakeServer server([](const Asked&, Answering& answering) {
        answering.json(200, R"({"bots":[],"next_page_token":"again"})");
    });
    CommandRun run;
    run.env["BOTERNITY_SERVER"] = server.address();
    EXPECT_EQ(run({"bot", "list"}).code, 1);
    EXPECT_EQ(server.asked().size(), 2U);
}

struct Refusal {
    int status;
    std::string code;
    int exit;
};

TEST(ExitCodes, TellWhyARequestFailed) {
    const std::vector<Refusal> refusals{
        {400, "invalid_argument", 1},      {404, "not_found", 4},         {409, "already_exists", 5},
        {409, "wrong_state", 5},           {412, "stale_etag", 5},        {409, "idempotency_reuse", 5},
        {401, "unauthenticated", 6},       {403, "permission_denied", 6}, {413, "too_large", 1},
        {429, "rate_limited", 1},          {503, "unavailable", 1},       {502, "upstream_auth", 7},
        {503, "upstream_rate_limited", 7}, {502, "upstream_refused", 7},  {502, "upstream_failed", 7},
        {422, "context_too_long", 7},      {500, "internal", 1},          {404, "from_the_future", 4},
        {418, "from_the_future", 1},
    };
    for (const auto& refusal : refusals) {
        const std::string problem = fmt::format(
            R"({{"type":"about:blank","title":"T","status":{},"detail":"Do this.\n\u001b[2J","code":"{}",)"
            R"("field":"name","request_id":"q1"}})",
            refusal.status, refusal.code);
        FakeServer server(
            [&](const Asked&, Answering& answering) { answering.json(refusal.status, problem); });
        CommandRun run;
        run.env["BOTERNITY_SERVER"] = server.address();
        const auto people = run({"bot", "list"});
        EXPECT_EQ(people.code, refusal.exit) << refusal.code;
        EXPECT_EQ(people.out, "");
        EXPECT_EQ(people.err, "error: Do this.\\n\\x1b[2J\nfield: name\n");
        const auto programs = run({"bot", "list", "--json"});
        EXPECT_EQ(programs.code, refusal.exit);
        EXPECT_EQ(programs.err, people.err);
        EXPECT_EQ(json::parse(programs.out), json::parse(problem));
    }
}

TEST(ExitCodes, AnAnswerThatIsNoneIsSaid) {
    for (const auto* body : {"<html>", "", "[]", "{}"}) {
        FakeServer server([&](const Asked&, Answering& answering) { answering.json(404, body); });
        CommandRun run;
        run.env["BOTERNITY_SERVER"] = server.address();
        const auto ended = run({"bot", "show", "ada"});
        EXPECT_EQ(ended.code, 4);
        EXPECT_NE(ended.err.find("is a Boternity server there?"), std::string::npos) << ended.err;
    }
}

TEST(ExitCodes, NoServerIs3) {
    std::string closed;
    {
        const FakeServer gone([](const Asked&, Answering&) {});
        closed = gone.address();
    }
    CommandRun run;
    run.env["BOTERNITY_SERVER"] = closed;
    for (const auto& command : std::vector<std::vector<std::string>>{{"bot", "list"},
                                                                     {"chat", "ada", "hi"},
                                                                     {"run", "tail", "r"},
                                                                     {"run", "tail", "r", "--after", "5"}}) {
        const auto ended = run(command);
        EXPECT_EQ(ended.code, 3) << ended.err;
        EXPECT_EQ(ended.err,
                  fmt::format("error: Nothing answers at {}; check the address and that the server runs.\n",
                              closed));
    }
    run.env = {{"BOTERNITY_DATA", "/nonexistent"}};
    const auto ended = run({"system", "--json"});
    EXPECT_EQ(ended.code, 3);
    EXPECT_NE(ended.err.find("boternity serve"), std::string::npos) << ended.err;
    EXPECT_EQ(json::parse(ended.out).as_object().at("code"), "no_server");
}

TEST(ExitCodes, OfAnAddressThatWasNamedTheReasonIsTold) {
    const FakeServer server([](const Asked&, Answering&) {});  // speaks no TLS
    CommandRun run;
    const auto ended = run({"bot", "list", "--server", "https://" + server.address()});
    EXPECT_EQ(ended.code, 3);
    EXPECT_EQ(ended.err, fmt::format("error: No secure connection to {} could be made; check its "
                                     "certificate.\n",
                                     server.address()));
}

TEST(ExitCodes, AServerThatDoesNotAnswerInTimeIsGivenUp) {
    std::promise<void> over;
    const auto ends = over.get_future().share();
    FakeServer server([ends](const Asked&, Answering&) { ends.wait_for(std::chrono::seconds(10)); });
    CommandRun run;
    run.env["BOTERNITY_SERVER"] = server.address();
    const auto ended = run({"bot", "list", "--timeout", "0.2"});
    EXPECT_EQ(ended.code, 1);
    EXPECT_EQ(ended.err, fmt::format("error: http://{} did not answer within 0.2 s; --timeout SECONDS waits "
                                     "longer.\n",
                                     server.address()));
    over.set_value();
}

}  // namespace
}  // namespace boternity::cli
