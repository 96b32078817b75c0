#include "cli/tests/command_run.hpp"
#include "cli/tests/fake_server.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <future>

namespace boternity::cli {
namespace {

namespace json = boost::json;

constexpr std::string_view kBot =
    R"({"id":"b1","slug":"ada","name":"Ada","description":"","state":"running","model":"local/m",)"
    R"("settings":{"temperature":0.5,"max_output_tokens":100},"soul_version":3,"etag":"e7",)"
    R"("created_at":"2026-01-02T03:04:05Z","updated_at":"2026-01-02T03:04:05Z"})";
constexpr std::string_view kSoul =
    R"({"bot":"b1","version":3,"text":"You are Ada.\n","author":"owner","note":"","restores":0,"size_bytes":13})";
constexpr std::string_view kRun =
    R"({"id":"r1","bot":"b1","session":"s1","state":"completed","model":"local/m","attempt":1,)"
    R"("usage":{"input_tokens":5,"output_tokens":7,"estimated":false}})";
constexpr std::string_view kSession =
    R"({"id":"s1","bot":"b1","title":"Hi","message_count":1,"created_at":"2026-01-02T03:04:05Z"})";
constexpr std::string_view kMessage =
    R"({"id":"m1","role":"user","state":"complete","text":"hello","created_at":"2026-01-02T03:04:05Z"})";
constexpr std::string_view kProvider =
    R"({"id":"p1","name":"ollama","kind":"openai","base_url":"http://h/v1","key":"","models":["m","n"]})";

std::string answer_for(const Asked& asked) {
    const std::string path = asked.target.substr(0, asked.target.find('?'));
    const bool get = asked.method == "GET";
    if (path == "/api/v1/bots" && get) return fmt::format(R"({{"bots":[{}],"next_page_token":""}})", kBot);
    if (path.ends_with("/souls:diff"))
        return R"({"from":1,"to":3,"diff":"--- 1\n+++ 3\n@@ -1 +1 @@\n-a\n+b\n"})";
    if (path.ends_with("/souls") && get)
        return fmt::format(R"({{"souls":[{}],"next_page_token":""}})", kSoul);
    if (path.find("/souls") != std::string::npos) return std::string(kSoul);
    if (path.ends_with("/sessions") && get)
        return fmt::format(R"({{"sessions":[{}],"next_page_token":""}})", kSession);
    if (path.ends_with("/messages"))
        return fmt::format(R"({{"messages":[{}],"next_page_token":""}})", kMessage);
    if (path.find("/sessions") != std::string::npos) return std::string(kSession);
    if (path == "/api/v1/runs") return fmt::format(R"({{"runs":[{}],"next_page_token":""}})", kRun);
    if (path.starts_with("/api/v1/runs")) return std::string(kRun);
    if (path == "/api/v1/providers" && get)
        return fmt::format(R"({{"providers":[{}],"next_page_token":""}})", kProvider);
    if (path.starts_with("/api/v1/providers")) return std::string(kProvider);
    if (path == "/api/v1/models")
        return R"({"models":[{"name":"local/m","window_tokens":2048,"tools":true,"is_default":true}]})";
    if (path == "/api/v1/system")
        return R"({"health":"degraded","version":"9","uptime_seconds":61.5,"problems":["Disk.\u001b[2J"]})";
    return std::string(kBot);
}

/// A request as "METHOD target body", the body without its idempotency key, which must be there for a change.
std::string told(const Asked& asked) {
    std::string target = asked.target;
    std::string body;
    bool keyed = asked.method == "GET";
    if (const auto at = target.find("idempotency_key="); at != std::string::npos) {
        keyed = true;
        target.resize(at - 1);
    }
    if (!asked.body.empty()) {
        json::object without;
        for (const auto& [name, value] : json::parse(asked.body).as_object()) {
            if (name == "idempotency_key") {
                keyed = !value.as_string().empty();
            } else {
                without[name] = value;
            }
        }
        body = " " + json::serialize(without);
    }
    return asked.method + " " + target + body + (keyed ? "" : " WITHOUT KEY");
}

class Commands : public ::testing::Test {
protected:
    Commands() {
        run.env["BOTERNITY_SERVER"] = server.address();
        run.env["BOTERNITY_TOKEN"] = "secret";
    }
    std::vector<std::string> requests() const {
        std::vector<std::string> out;
        for (const auto& asked : server.asked()) out.push_back(told(asked));
        return out;
    }

    FakeServer server{
        [](const Asked& asked, Answering& answering) { answering.json(200, answer_for(asked)); }};
    CommandRun run;
};

struct Case {
    std::vector<std::string> arguments;
    std::vector<std::string> requests;
};

std::vector<Case> cases() {
    const std::string post = "POST /api/v1/";
    return {
        {{"bot", "create", "Ada"}, {post + R"(bots {"name":"Ada","model":"","description":""})"}},
        {{"bot", "create", "Ada", "--soul", "-", "--model", "local/m", "--description", "d", "--temperature",
          "0.5", "--max-output-tokens", "9"},
         {post + R"(bots {"name":"Ada","model":"local/m","description":"d","soul":"from stdin\n",)"
                 R"("settings":{"temperature":5E-1,"max_output_tokens":9}})"}},
        {{"bot", "list"}, {"GET /api/v1/bots?page_size=200"}},
        {{"bot", "show", "ada"}, {"GET /api/v1/bots/ada"}},
        {{"bot", "show", "a b/c:d?é"}, {"GET /api/v1/bots/a%20b%2Fc%3Ad%3F%C3%A9"}},
        {{"bot", "show", ".."}, {"GET /api/v1/bots/%20"}},
        {{"bot", "update", "ada", "--name", "Eve", "--etag", "e1"},
         {R"(PATCH /api/v1/bots/ada {"name":"Eve","etag":"e1"})"}},
        {{"bot", "update", "ada", "--description", ""}, {R"(PATCH /api/v1/bots/ada {"description":""})"}},
        {{"bot", "update", "ada", "--temperature", "default"},
         {"GET /api/v1/bots/ada",
          R"(PATCH /api/v1/bots/ada {"settings":{"max_output_tokens":100},"etag":"e7"})"}},
        {{"bot", "update", "ada", "--max-output-tokens", "7", "--etag", "e1"},
         {"GET /api/v1/bots/ada",
          R"(PATCH /api/v1/bots/ada {"settings":{"temperature":5E-1,"max_output_tokens":7},"etag":"e1"})"}},
        {{"bot", "start", "ada"}, {post + "bots/ada:start {}"}},
        {{"bot", "pause", "ada"}, {post + "bots/ada:pause {}"}},
        {{"bot", "stop", "ada"}, {post + "bots/ada:stop {}"}},
        {{"bot", "archive", "ada"}, {post + "bots/ada:archive {}"}},
        {{"bot", "delete", "ada", "--yes"}, {"DELETE /api/v1/bots/ada"}},
        {{"soul", "list", "ada"}, {"GET /api/v1/bots/ada/souls?page_size=200"}},
        {{"soul", "show", "ada"}, {"GET /api/v1/bots/ada", "GET /api/v1/bots/ada/souls/3"}},
        {{"soul", "show", "ada", "2"}, {"GET /api/v1/bots/ada/souls/2"}},
        {{"soul", "set", "ada", "-", "--note", "n"},
         {post + R"(bots/ada/souls {"text":"from stdin\n","note":"n"})"}},
        {{"soul", "diff", "ada", "1"}, {"GET /api/v1/bots/ada/souls:diff?from=1&to=0"}},
        {{"soul", "diff", "ada", "1", "3"}, {"GET /api/v1/bots/ada/souls:diff?from=1&to=3"}},
        {{"soul", "rollback", "ada", "2", "--note", "n"},
         {post + R"(bots/ada/souls/2:rollback {"note":"n"})"}},
        {{"session", "list", "ada", "--limit", "0"}, {"GET /api/v1/bots/ada/sessions?page_size=200"}},
        {{"session", "list", "ada"}, {"GET /api/v1/bots/ada/sessions?page_size=101"}},
        {{"session", "create", "ada", "--title", "T"}, {post + R"(bots/ada/sessions {"title":"T"})"}},
        {{"session", "show", "s1"},
         {"GET /api/v1/sessions/s1", "GET /api/v1/sessions/s1/messages?page_size=200"}},
        {{"run", "list", "--bot", "ada", "--session", "s1", "--state", "failed"},
         {"GET /api/v1/runs?bot=ada&session=s1&state=failed&page_size=101"}},
        {{"run", "show", "r1"}, {"GET /api/v1/runs/r1"}},
        {{"run", "cancel", "r1"}, {post + "runs/r1:cancel {}"}},
        {{"provider", "add", "ollama", "--kind", "openai", "--base-url", "http://h/v1", "--model", "m",
          "--model", "n", "--key", "env:K"},
         {post + R"(providers {"name":"ollama","kind":"openai","base_url":"http://h/v1","key":"env:K",)"
                 R"("models":["m","n"]})"}},
        {{"provider", "list"}, {"GET /api/v1/providers?page_size=200"}},
        {{"provider", "remove", "ollama", "-y"}, {"DELETE /api/v1/providers/ollama"}},
        {{"model", "list"}, {"GET /api/v1/models?page_size=200"}},
        {{"system"}, {"GET /api/v1/system"}},
        {{"version"}, {}},
        {{"help", "bot", "create"}, {}},
        {{"completion", "bash"}, {}},
    };
}

TEST_F(Commands, EachAsksTheServerForJustWhatItSays) {
    std::size_t before = 0;
    run.input = "from stdin\n";
    for (const auto& each : cases()) {
        const auto ended = run(each.arguments);
        EXPECT_EQ(ended.code, 0) << fmt::format("{}", fmt::join(each.arguments, " ")) << "\n" << ended.err;
        const auto all = requests();
        const std::vector<std::string> now(all.begin() + static_cast<std::ptrdiff_t>(before), all.end());
        EXPECT_EQ(now, each.requests);
        before = all.size();
    }
    for (const auto& asked : server.asked()) EXPECT_EQ(asked.authorization, "Bearer secret");
}

TEST_F(Commands, JsonIsOneDocumentAndNothingElse) {
    for (auto each : cases()) {
        if (each.requests.empty() || each.arguments == std::vector<std::string>{"version"}) continue;
        run.input = "x";
        each.arguments.insert(each.arguments.begin(), "--json");
        const auto ended = run(each.arguments);
        boost::system::error_code error;
        const auto document = json::parse(ended.out, error);
        EXPECT_FALSE(error) << ended.out;
        EXPECT_TRUE(document.is_object()) << ended.out;
        EXPECT_EQ(std::ranges::count(ended.out, '\n'), 1) << ended.out;
        EXPECT_EQ(ended.err, "");
    }
}

TEST_F(Commands, GlobalOptionsMayStandAnywhere) {
    const auto before = run({"--json", "bot", "show", "ada"});
    const auto between = run({"bot", "--json", "show", "ada"});
    const auto behind = run({"bot", "show", "ada", "--json"});
    EXPECT_EQ(before.out, between.out);
    EXPECT_EQ(before.out, behind.out);
    EXPECT_TRUE(before.out.starts_with("{"));
}

TEST_F(Commands, PeopleSeeTablesAndDetails) {
    const auto list = run({"bot", "list"});
    EXPECT_TRUE(list.out.starts_with(
        "BOT  NAME  STATE    MODEL    SOUL  UPDATED\nada  Ada   running  local/m     3  "))
        << list.out;
    const auto show = run({"bot", "show", "ada"});
    EXPECT_NE(show.out.find("Max output tokens  100\n"), std::string::npos) << show.out;
    EXPECT_EQ(run({"soul", "diff", "ada", "1"}).out, "--- 1\n+++ 3\n@@ -1 +1 @@\n-a\n+b\n");
    EXPECT_EQ(run({"soul", "show", "ada"}).out, "You are Ada.\n");
    EXPECT_EQ(run({"session", "create", "ada"}).out, "s1\n");
    EXPECT_NE(run({"session", "show", "s1"}).out.find("\nhello\n"), std::string::npos);
    EXPECT_NE(run({"provider", "list"}).out.find("m, n\n"), std::string::npos);
    const auto system = run({"system"});
    EXPECT_NE(system.out.find("Up for          1 min 2 s\n"), std::string::npos) << system.out;
    EXPECT_TRUE(system.out.ends_with("! Disk.\\x1b[2J\n")) << system.out;
    EXPECT_EQ(run({"version"}).out, "boternity 1.2.3\n");
    EXPECT_EQ(run({"--version"}).out, "boternity 1.2.3\n");
}

TEST_F(Commands, ServeGetsWhatItsOptionsSay) {
    ServeOptions got;
    run.serve.serve = [&](ServeOptions options) {
        got = std::move(options);
        return 5;
    };
    EXPECT_EQ(run({"serve"}).code, 5);
    EXPECT_EQ(got.data_folder, "/nonexistent/.local/share/boternity");
    EXPECT_EQ(got.listen, "127.0.0.1:7420");
    EXPECT_EQ(got.grace, std::chrono::seconds(20));
    run({"serve", "--data", "/d", "--listen", "[::1]:0", "--models", "/m", "--allow-host", "a",
         "--allow-host", "b", "--log-format", "json", "--log-level", "debug", "--grace", "1"});
    EXPECT_EQ(got.data_folder, "/d");
    EXPECT_EQ(got.listen, "[::1]:0");
    EXPECT_EQ(got.model_folder, "/m");
    EXPECT_EQ(got.allowed_hosts, (std::vector<std::string>{"a", "b"}));
    EXPECT_TRUE(got.json_log);
    EXPECT_TRUE(got.debug_log);
    EXPECT_EQ(got.grace, std::chrono::seconds(1));
}

TEST_F(Commands, AWrongCommandLineIsExitCode2AndAsksNothing) {
    const std::vector<std::vector<std::string>> wrong{
        {},
        {"bot"},
        {"nonsense"},
        {"bot", "nonsense"},
        {"bot", "create"},
        {"bot", "create", "a", "b"},
        {"bot", "create", "a", "--temperature", "warm"},
        {"bot", "create", "a", "--temperature", "default"},
        {"bot", "create", "a", "--soul", "/nonexistent/SOUL.md"},
        {"bot", "show", "a", "--nonsense"},
        {"bot", "update", "ada"},
        {"bot", "delete", "ada"},
        {"soul", "show", "ada", "zero"},
        {"soul", "show", "ada", "0"},
        {"soul", "rollback", "ada"},
        {"soul", "edit", "ada"},
        {"run", "list", "--state", "tired"},
        {"run", "list", "--limit", "-1"},
        {"provider", "add", "p", "--base-url", "http://h/v1"},
        {"provider", "add", "p", "--base-url", "http://h/v1", "--model", "m", "--kind", "smoke"},
        {"provider", "remove", "p"},
        {"completion", "tcsh"},
        {"help", "nonsense"},
        {"bot", "list", "--timeout", "0"},
        {"chat", "ada", "--new", "--session", "s", "hi"},
        {"chat", "ada", "   "},
        {"chat"},
    };
    for (const auto& each : wrong) {
        const auto ended = run(each);
        EXPECT_EQ(ended.code, 2) << fmt::format("{}", fmt::join(each, " "));
        EXPECT_EQ(ended.out, "");
        EXPECT_TRUE(ended.err.starts_with("error: ")) << ended.err;
        EXPECT_EQ(std::ranges::count(ended.err, '\n') - (ended.err.find("\nfield: ") != std::string::npos), 1)
            << ended.err;
    }
    EXPECT_EQ(requests(), std::vector<std::string>{});
    const auto problem = json::parse(run({"bot", "create", "--json"}).out).as_object();
    EXPECT_EQ(problem.at("code"), "usage");
}

TEST_F(Commands, AKeyTypedByMistakeGoesNowhere) {
    const auto ended =
        run({"provider", "add", "p", "--base-url", "http://h/v1", "--model", "m", "--key", "sk-secret"});
    EXPECT_EQ(ended.code, 2);
    EXPECT_EQ(ended.err.find("sk-secret"), std::string::npos);
    EXPECT_EQ(requests(), std::vector<std::string>{});
}

TEST_F(Commands, EveryCommandExplainsItselfWithAnExample) {
    for (const auto& each : cases()) {
        std::vector<std::string> words;
        for (const auto& word : each.arguments) {
            if (words.size() == 2 || (words.size() == 1 && (words[0] == "help" || words[0] == "completion")))
                break;
            words.push_back(word);
        }
        words.push_back("--help");
        const auto ended = run(words);
        EXPECT_EQ(ended.code, 0);
        EXPECT_NE(ended.out.find("Example"), std::string::npos) << ended.out;
        EXPECT_NE(ended.out.find("  boternity "), std::string::npos) << ended.out;
        EXPECT_EQ(ended.err, "");
    }
    const auto root = run({"--help"});
    for (const auto* noun : {"serve", "bot", "soul", "session", "chat", "run", "provider", "model", "system",
                             "completion", "version", "help"}) {
        EXPECT_NE(root.out.find(std::string("\n  ") + noun), std::string::npos) << noun;
    }
    const auto codes = run({"help", "exit-codes"});
    EXPECT_NE(codes.out.find("130  interrupted"), std::string::npos);
}

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
        EXPECT_NE(ended.err.find("boternity serve"), std::string::npos) << ended.err;
    }
    run.env = {{"BOTERNITY_DATA", "/nonexistent"}};
    const auto ended = run({"system", "--json"});
    EXPECT_EQ(ended.code, 3);
    EXPECT_EQ(json::parse(ended.out).as_object().at("code"), "no_server");
}

TEST(ExitCodes, AServerThatDoesNotAnswerInTimeIsGivenUp) {
    std::promise<void> over;
    const auto ends = over.get_future().share();
    FakeServer server([ends](const Asked&, Answering&) { ends.wait_for(std::chrono::seconds(10)); });
    CommandRun run;
    run.env["BOTERNITY_SERVER"] = server.address();
    const auto ended = run({"bot", "list", "--timeout", "0.2"});
    EXPECT_EQ(ended.code, 1);
    EXPECT_NE(ended.err.find("--timeout"), std::string::npos) << ended.err;
    over.set_value();
}

}  // namespace
}  // namespace boternity::cli
