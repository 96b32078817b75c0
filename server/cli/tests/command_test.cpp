#include "cli/tests/command_run.hpp"
#include "cli/tests/fake_server.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>
#include <gtest/gtest.h>

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
        const json::value whole = json::parse(asked.body);
        for (const auto& [name, value] : whole.as_object()) {
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
        run_.env["BOTERNITY_SERVER"] = server_.address();
        run_.env["BOTERNITY_TOKEN"] = "secret";
    }
    std::vector<std::string> requests() const {
        std::vector<std::string> out;
        for (const auto& asked : server_.asked()) out.push_back(told(asked));
        return out;
    }

    FakeServer server_{
        [](const Asked& asked, Answering& answering) { answering.json(200, answer_for(asked)); }};
    CommandRun run_;
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
        {{"provider", "add", "small", "--base-url", "http://h/v1", "--model", "m", "--window-tokens", "8192"},
         {post + R"(providers {"name":"small","base_url":"http://h/v1","key":"",)"
                 R"("models":["m"],"window_tokens":8192})"}},
        {{"provider", "add", "groq"},
         {post + R"(providers {"name":"groq","preset":"groq","base_url":"","key":"","models":[]})"}},
        {{"provider", "add", "gpu", "--preset", "vllm", "--base-url", "http://gpu:8000/v1"},
         {post + R"(providers {"name":"gpu","preset":"vllm","base_url":"http://gpu:8000/v1","key":"",)"
                 R"("models":[]})"}},
        {{"provider", "presets"}, {"GET /api/v1/presets?page_size=200"}},
        {{"provider", "refresh", "a/b"}, {post + "providers/a%2Fb:refresh {}"}},
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
    run_.input = "from stdin\n";
    for (const auto& each : cases()) {
        const auto ended = run_(each.arguments);
        EXPECT_EQ(ended.code, 0) << fmt::format("{}", fmt::join(each.arguments, " ")) << "\n" << ended.err;
        const auto all = requests();
        const std::vector<std::string> now(all.begin() + static_cast<std::ptrdiff_t>(before), all.end());
        EXPECT_EQ(now, each.requests);
        before = all.size();
    }
    for (const auto& asked : server_.asked()) EXPECT_EQ(asked.authorization, "Bearer secret");
}

TEST_F(Commands, JsonIsOneDocumentAndNothingElse) {
    for (auto each : cases()) {
        if (each.requests.empty() || each.arguments == std::vector<std::string>{"version"}) continue;
        run_.input = "x";
        each.arguments.insert(each.arguments.begin(), "--json");
        const auto ended = run_(each.arguments);
        boost::system::error_code error;
        const auto document = json::parse(ended.out, error);
        EXPECT_FALSE(error) << ended.out;
        EXPECT_TRUE(document.is_object()) << ended.out;
        EXPECT_EQ(std::ranges::count(ended.out, '\n'), 1) << ended.out;
        EXPECT_EQ(ended.err, "");
    }
}

TEST_F(Commands, GlobalOptionsMayStandAnywhere) {
    const auto before = run_({"--json", "bot", "show", "ada"});
    const auto between = run_({"bot", "--json", "show", "ada"});
    const auto behind = run_({"bot", "show", "ada", "--json"});
    EXPECT_EQ(before.out, between.out);
    EXPECT_EQ(before.out, behind.out);
    EXPECT_TRUE(before.out.starts_with("{"));
}

TEST_F(Commands, PeopleSeeTablesAndDetails) {
    const auto list = run_({"bot", "list"});
    EXPECT_TRUE(list.out.starts_with(
        "BOT  NAME  STATE    MODEL    SOUL  UPDATED\nada  Ada   running  local/m     3  "))
        << list.out;
    const auto show = run_({"bot", "show", "ada"});
    EXPECT_NE(show.out.find("Max output tokens  100\n"), std::string::npos) << show.out;
    EXPECT_EQ(run_({"soul", "diff", "ada", "1"}).out, "--- 1\n+++ 3\n@@ -1 +1 @@\n-a\n+b\n");
    EXPECT_EQ(run_({"soul", "show", "ada"}).out, "You are Ada.\n");
    EXPECT_EQ(run_({"session", "create", "ada"}).out, "s1\n");
    EXPECT_NE(run_({"session", "show", "s1"}).out.find("\nhello\n"), std::string::npos);
    EXPECT_NE(run_({"provider", "list"}).out.find("m, n\n"), std::string::npos);
    const auto system = run_({"system"});
    EXPECT_NE(system.out.find("Up for          1 min 2 s\n"), std::string::npos) << system.out;
    EXPECT_TRUE(system.out.ends_with("! Disk.\\x1b[2J\n")) << system.out;
    EXPECT_EQ(run_({"version"}).out, "boternity 1.2.3\n");
    EXPECT_EQ(run_({"--version"}).out, "boternity 1.2.3\n");
    for (const auto& words : std::vector<std::vector<std::string>>{
             {"version", "--json"}, {"--version", "--json"}, {"--json", "--version"}})
        EXPECT_EQ(run_(words).out, "{\"version\":\"1.2.3\"}\n");
}

TEST_F(Commands, ServeGetsWhatItsOptionsSay) {
    ServeOptions got;
    run_.serve.serve = [&](ServeOptions options) {
        got = std::move(options);
        return Status{};
    };
    EXPECT_EQ(run_({"serve"}).code, 0);
    EXPECT_EQ(got.data_folder, "/nonexistent/.local/share/boternity");
    const auto given = [&](const std::string& key) { return got.configuration.options[key]; };
    using Texts = std::vector<std::string>;
    EXPECT_EQ(given("server.listen"), Texts{});
    EXPECT_EQ(given("server.data_folder"), Texts{});
    run_({"serve", "--data", "/d", "--listen", "[::1]:0", "--models", "/m", "--allow-host", "a",
          "--allow-host", "b", "--log-format", "json", "--log-level", "debug", "--grace", "1"});
    EXPECT_EQ(got.data_folder, "/d");
    EXPECT_EQ(given("server.data_folder"), Texts{"/d"});
    EXPECT_EQ(given("server.listen"), Texts{"[::1]:0"});
    EXPECT_EQ(given("models.folder"), Texts{"/m"});
    EXPECT_EQ(given("server.allow_hosts"), (Texts{"a", "b"}));
    EXPECT_EQ(given("log.format"), Texts{"json"});
    EXPECT_EQ(given("log.level"), Texts{"debug"});
    EXPECT_EQ(given("server.grace_seconds"), Texts{"1"});
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
        {"provider", "add"},
        {"provider", "refresh"},
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
        const auto ended = run_(each);
        EXPECT_EQ(ended.code, 2) << fmt::format("{}", fmt::join(each, " "));
        EXPECT_EQ(ended.out, "");
        EXPECT_TRUE(ended.err.starts_with("error: ")) << ended.err;
        EXPECT_EQ(std::ranges::count(ended.err, '\n') - (ended.err.find("\nfield: ") != std::string::npos), 1)
            << ended.err;
    }
    EXPECT_EQ(requests(), std::vector<std::string>{});
    const auto problem = json::parse(run_({"bot", "create", "--json"}).out).as_object();
    EXPECT_EQ(problem.at("code"), "usage");
}

TEST_F(Commands, AKeyTypedByMistakeGoesNowhere) {
    const auto ended =
        run_({"provider", "add", "p", "--base-url", "http://h/v1", "--model", "m", "--key", "sk-secret"});
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
        const auto ended = run_(words);
        EXPECT_EQ(ended.code, 0);
        EXPECT_NE(ended.out.find("Example"), std::string::npos) << ended.out;
        EXPECT_NE(ended.out.find("  boternity "), std::string::npos) << ended.out;
        EXPECT_EQ(ended.err, "");
    }
    const auto root = run_({"--help"});
    for (const auto* noun : {"serve", "bot", "soul", "session", "chat", "run", "provider", "model", "system",
                             "completion", "version", "help"}) {
        EXPECT_NE(root.out.find(std::string("\n  ") + noun), std::string::npos) << noun;
    }
    const auto codes = run_({"help", "exit-codes"});
    EXPECT_NE(codes.out.find("130  interrupted"), std::string::npos);
}

}  // namespace
}  // namespace boternity::cli
