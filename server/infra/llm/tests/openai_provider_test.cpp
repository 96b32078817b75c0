#include "infra/llm/catalog/model_catalog.hpp"
#include "infra/llm/openai/openai_chat.hpp"
#include "infra/llm/remote/remote_factory.hpp"
#include "testing/run_task.hpp"
#include "testing/upstream/fake_upstream.hpp"

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <map>

namespace boternity::infra {
namespace {

namespace asio = boost::asio;
using testing::FakeUpstream;
using testing::UpstreamAnswer;
using testing::UpstreamFault;

constexpr std::string_view kSecret = "a-key-of-no-known-form";

struct Told {
    std::string text{};
    std::optional<core::ReplyEnd> end{};
    std::optional<Error> error{};

    std::string outcome() const { return error ? std::string(code_name(error->code)) : "end"; }
    std::string all_words() const { return error ? error->message + error->detail + error->field : ""; }
};

core::Task<Told> listen(core::LlmProvider* provider, core::ModelRequest request) {
    Told told;
    core::CallContext context;
    auto stream = co_await provider->open(std::move(request), std::move(context));
    if (!stream) {
        told.error = std::move(stream).error();
        co_return told;
    }
    while (!told.end && !told.error) {
        auto piece = co_await (*stream)->next();
        if (!piece) {
            told.error = std::move(piece).error();
        } else if (const auto* text = std::get_if<core::TextPiece>(&*piece)) {
            told.text += text->text;
        } else if (const auto* end = std::get_if<core::ReplyEnd>(&*piece)) {
            told.end = *end;
        }
    }
    co_return told;
}

class OpenAiProviderTest : public ::testing::Test {
protected:
    ~OpenAiProviderTest() override { EXPECT_EQ(upstream_.violations(), std::vector<std::string>{}); }

    core::ProviderConfig config() {
        return {.name = "fake",
                .kind = "openai",
                .base_url = upstream_.base_url(),
                .key = "env:FAKE_KEY",
                .models = {"tiny"}};
    }

    Result<std::shared_ptr<core::LlmProvider>> make(const core::ProviderConfig& config) {
        const Environment variable = [this](std::string_view name) -> std::optional<std::string> {
            const auto found = environment_.find(name);
            return found == environment_.end() ? std::nullopt : std::optional(found->second);
        };
        return make_remote_factory({.http = *http_, .environment = variable, .timeouts = timeouts_},
                                   make_openai_chat())
            ->make(config);
    }

    Told ask(const core::ProviderConfig& config, std::string model = "tiny") {
        auto provider = make(config);
        if (!provider) return {.error = provider.error()};
        core::ModelRequest request{.model = std::move(model)};
        request.messages.push_back(core::PromptMessage::of(core::PromptMessage::Role::User, "Hello"));
        return testing::run_task(io_, listen(provider->get(), std::move(request)));
    }

    FakeUpstream upstream_{{.key = std::string(kSecret)}};
    std::map<std::string, std::string, std::less<>> environment_{{"FAKE_KEY", std::string(kSecret)}};
    HttpTimeouts timeouts_;
    asio::io_context io_;
    std::unique_ptr<HttpClient> http_ = make_curl_http_client(io_.get_executor());
};

TEST_F(OpenAiProviderTest, SendsTheKeyAndNothingElseOfIt) {
    EXPECT_EQ(ask(config()).outcome(), "end");
    const auto request = upstream_.requests().front();
    EXPECT_EQ(request.header("authorization"), "Bearer " + std::string(kSecret));
    EXPECT_FALSE(request.body.contains(kSecret));
    auto with_slashes = config();
    with_slashes.base_url += "//";
    EXPECT_EQ(ask(with_slashes).outcome(), "end");
}

TEST_F(OpenAiProviderTest, TheKeyIsReadAnewAtEachCall) {
    environment_.clear();
    const Told missing = ask(config());
    EXPECT_EQ(missing.outcome(), "upstream_auth");
    EXPECT_TRUE(missing.error->message.contains("Set FAKE_KEY in the server's environment"))
        << missing.error->message;
    environment_["FAKE_KEY"] = "two words";
    EXPECT_EQ(ask(config()).outcome(), "upstream_auth");
    environment_["FAKE_KEY"] = "a\r\nX-Evil: 1";
    EXPECT_EQ(ask(config()).outcome(), "upstream_auth");
    EXPECT_EQ(upstream_.connections(), 0);
    environment_["FAKE_KEY"] = kSecret;
    EXPECT_EQ(ask(config()).outcome(), "end");
}

TEST_F(OpenAiProviderTest, AServerWithoutAKeyGetsNone) {
    FakeUpstream open;
    auto without = config();
    without.base_url = open.base_url();
    without.key = "";
    EXPECT_EQ(ask(without).outcome(), "end");
    EXPECT_EQ(open.violations(), std::vector<std::string>{});
}

TEST_F(OpenAiProviderTest, NoErrorHoldsTheKey) {
    const std::string echo = R"({"error":{"message":"you sent )" + std::string(kSecret) +
                             R"( to us","code":")" + std::string(kSecret) + "\"}}";
    std::vector<UpstreamAnswer> answers;
    for (const int status : {400, 401, 404, 429, 500}) answers.push_back(UpstreamAnswer::error(status, echo));
    answers.push_back(
        UpstreamAnswer::error(200, "data: " + echo + "\n\n", {{"Content-Type", "text/event-stream"}}));
    answers.push_back(UpstreamAnswer::error(200, "data: no json " + std::string(kSecret) + "\n\n",
                                            {{"Content-Type", "text/event-stream"}}));
    answers.push_back(UpstreamAnswer::error(200, echo, {{"Content-Type", "application/json"}}));
    for (auto& answer : answers) {
        upstream_.answer(std::move(answer));
        const Told told = ask(config());
        ASSERT_TRUE(told.error);
        EXPECT_FALSE(told.all_words().contains(kSecret)) << told.all_words();
    }
}

TEST_F(OpenAiProviderTest, AcceptsAWholeAnswer) {
    UpstreamAnswer answer = UpstreamAnswer::says("Grüße");
    answer.whole = true;
    upstream_.answer(answer);
    const Told told = ask(config());
    EXPECT_EQ(told.text, "Grüße");
    EXPECT_EQ(told.end, (core::ReplyEnd{.reason = core::StopReason::Stop, .usage = answer.usage}));
}

TEST_F(OpenAiProviderTest, AcceptsACompressedStream) {
    UpstreamAnswer answer = UpstreamAnswer::says("Grüße");
    answer.gzip = true;
    upstream_.answer(answer);
    EXPECT_EQ(ask(config()).text, "Grüße");
}

TEST_F(OpenAiProviderTest, AnAnswerWithItsReasonIsWholeAlthoughTheBodyStaysOpen) {
    UpstreamAnswer answer =
        UpstreamAnswer::written("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"
                                R"(data: {"choices":[{"delta":{"content":"Hi"},"finish_reason":"stop"}]})"
                                "\n\n"
                                R"(data: {"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":1}})"
                                "\n\n");
    answer.hold = testing::LlmHold::InMidStream;
    upstream_.answer(std::move(answer));
    timeouts_.rest = std::chrono::milliseconds(200);
    const Told told = ask(config());
    EXPECT_EQ(told.text, "Hi");
    EXPECT_EQ(told.end, (core::ReplyEnd{.reason = core::StopReason::Stop,
                                        .usage = core::Usage{.input_tokens = 3, .output_tokens = 1}}));
    EXPECT_TRUE(upstream_.wait_given_up()) << "well before it counts as silent";
}

TEST_F(OpenAiProviderTest, WhatIsNoAnswerIsAFailureOfTheProvider) {
    std::vector<UpstreamAnswer> answers{
        UpstreamAnswer::error(200, "<html>Welcome</html>", {{"Content-Type", "text/html"}}),
        UpstreamAnswer::error(200, "{\"ok\":true}", {{"Content-Type", "application/json"}}),
        UpstreamAnswer::error(200, "hello", {{"Content-Type", "text/event-stream"}}),
        UpstreamAnswer::error(204, ""),
        UpstreamAnswer::error(307, "", {{"Location", "http://127.0.0.1:1/"}}),
        UpstreamAnswer::written("SSH-2.0-x\r\n")};
    for (const UpstreamFault fault :
         {UpstreamFault::CutInMidStream, UpstreamFault::EndWithoutFinish, UpstreamFault::MalformedChunk,
          UpstreamFault::OversizedEvent, UpstreamFault::ErrorInStream, UpstreamFault::TruncatedGzip}) {
        UpstreamAnswer answer = UpstreamAnswer::says("one two three four five six");
        answer.fault = fault;
        answers.push_back(answer);
    }
    for (std::size_t i = 0; i < answers.size(); ++i) {
        upstream_.answer(answers[i]);
        const Told told = ask(config());
        EXPECT_EQ(told.outcome(), "upstream_failed") << "answer " << i;
        EXPECT_FALSE(told.end);
    }
    EXPECT_EQ(ask(config()).outcome(), "end");
}

TEST_F(OpenAiProviderTest, APageForPeopleNamesItsTypeAndTheBaseUrl) {
    upstream_.answer(UpstreamAnswer::error(200, "<html>", {{"Content-Type", "text/html"}}));
    const Told told = ask(config());
    EXPECT_TRUE(told.error->message.contains("text/html")) << told.error->message;
    EXPECT_TRUE(told.error->message.contains("base_url")) << told.error->message;
}

TEST_F(OpenAiProviderTest, CallsShareAConnection) {
    for (int i = 0; i < 5; ++i) EXPECT_EQ(ask(config()).outcome(), "end");
    EXPECT_EQ(upstream_.connections(), 1);
}

TEST_F(OpenAiProviderTest, TheConfigurationIsChecked) {
    struct Case {
        std::string field;
        std::function<void(core::ProviderConfig&)> spoil;
    };
    const std::vector<Case> cases{
        {"base_url", [](auto& c) { c.base_url = ""; }},
        {"base_url", [](auto& c) { c.base_url = "api.example.com/v1"; }},
        {"base_url", [](auto& c) { c.base_url = "file:///etc/passwd"; }},
        {"base_url", [](auto& c) { c.base_url = "https://me:hunter2@api.example.com/v1"; }},
        {"base_url", [](auto& c) { c.base_url = "https://api.example.com/v1?key=hunter2"; }},
        {"base_url", [](auto& c) { c.base_url = "https://api.example.com/v1?"; }},
        {"base_url", [](auto& c) { c.base_url = "https://api.example.com/v1#hunter2"; }},
        {"base_url", [](auto& c) { c.base_url = "https://api.example.com/v1\nX: hunter2"; }},
        {"key", [](auto& c) { c.key = "sk-hunter2"; }},
        {"key", [](auto& c) { c.key = "env:"; }},
        {"key", [](auto& c) { c.key = "env:1hunter2"; }},
        {"key", [](auto& c) { c.key = "env:A B"; }},
        {"key", [](auto& c) { c.key = "vault:hunter2"; }},
        {"models", [](auto& c) { c.models.assign(2'001, "m"); }},
        {"models", [](auto& c) { c.models = {""}; }},
        {"models", [](auto& c) { c.models = {"a b"}; }},
        {"models", [](auto& c) { c.models = {"grüße"}; }},
        {"models", [](auto& c) { c.models = {std::string(201, 'x')}; }},
        {"models", [](auto& c) { c.models = {"a", "b", "a"}; }},
    };
    for (std::size_t i = 0; i < cases.size(); ++i) {
        auto spoiled = config();
        cases[i].spoil(spoiled);
        const auto made = make(spoiled);
        ASSERT_FALSE(made) << i;
        EXPECT_EQ(made.error().code, ErrorCode::InvalidArgument) << i;
        EXPECT_EQ(made.error().field, cases[i].field) << i;
        EXPECT_FALSE(made.error().message.contains("hunter2")) << i;
    }
    auto literal = config();
    literal.key = "sk-hunter2";
    EXPECT_TRUE(make(literal).error().message.contains("env:NAME"));
    auto longest = config();
    longest.models = {std::string(200, 'x'), "meta-llama/Llama-3.3:free"};
    EXPECT_TRUE(make(longest));
}

TEST_F(OpenAiProviderTest, AWindowThatWasStatedIsThatOfEachModel) {
    auto stated = config();
    stated.models = {"gpt-4.1", "qwen-nobody-knows"};
    stated.window_tokens = 8'192;
    const auto cards = (*make(stated))->cards();
    for (const auto& card : cards) EXPECT_EQ(card.window_tokens, 8'192) << card.name;
    EXPECT_EQ(cards[0].max_output_tokens, 8'192) << "never more than the window";
    EXPECT_EQ(cards[1].max_output_tokens, 4'096);
}

TEST(ModelCatalog, KnowsModelsByTheBeginningOfTheirNames) {
    const auto facts_of = [](std::string_view name) { return ModelCatalog::built_in().facts_of(name); };
    EXPECT_EQ(facts_of("gpt-4o-mini").card.window_tokens, 128'000);
    EXPECT_EQ(facts_of("gpt-4").card.window_tokens, 8'192);
    EXPECT_EQ(facts_of("gpt-4.1-nano").card.window_tokens, 1'047'576);
    EXPECT_EQ(facts_of("openai/gpt-5.4-mini").card.window_tokens, 400'000);
    EXPECT_EQ(facts_of("openai/gpt-5.4-mini").card.name, "openai/gpt-5.4-mini");
    EXPECT_EQ(facts_of("gpt-6-luna").traits.completion_limit, true);
    EXPECT_EQ(facts_of("gpt-4o").traits.completion_limit, false);
    const auto unknown = facts_of("qwen-nobody-knows").card;
    EXPECT_EQ(unknown.window_tokens, 128'000);
    EXPECT_EQ(unknown.max_output_tokens, 4'096);
    EXPECT_EQ(unknown.default_output_tokens, 1'024);
    EXPECT_EQ(facts_of("o3-mini").card.default_output_tokens, 16'384) << "reasoning counts as output";
}

}  // namespace
}  // namespace boternity::infra
