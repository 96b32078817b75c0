#include "core/agents/ask_model.hpp"
#include "infra/llm/openai/openai_chat.hpp"
#include "infra/llm/remote/remote_factory.hpp"
#include "testing/run_task.hpp"
#include "testing/upstream/fake_upstream.hpp"

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

namespace boternity::infra {
namespace {

namespace asio = boost::asio;
using testing::FakeUpstream;

/// A server whose models all have this window, asked by a bot with a long history.
class SmallServer {
public:
    explicit SmallServer(int window) : upstream_({.window_tokens = window}) {}
    ~SmallServer() { EXPECT_EQ(upstream_.violations(), std::vector<std::string>{}); }

    core::Asked ask(const std::string& model, int history) {
        const auto provider =
            make_remote_factory({.http = *http_, .environment = [](auto) { return std::nullopt; }},
                                make_openai_chat())
                ->make(
                    {.name = "fake", .kind = "openai", .base_url = upstream_.base_url(), .models = {model}});
        core::RunInput input{.soul = "Be kind.", .message = {.text = "now"}, .history_total = history};
        input.run.settings.max_output_tokens = 4'096;
        for (int i = 0; i < history; ++i) {
            input.history.push_back({.role = i % 2 == 0 ? core::Role::User : core::Role::Assistant,
                                     .text = std::string(1'000, 'x')});
        }
        return testing::run_task(io_, core::ask_model(&input, {*provider, (*provider)->cards().front()}, {}));
    }

    std::size_t requests() const { return upstream_.requests().size(); }

private:
    FakeUpstream upstream_;
    asio::io_context io_;
    std::unique_ptr<HttpClient> http_ = make_curl_http_client(io_.get_executor());
};

TEST(OpenAiWindow, AModelOfKnownWindowIsNeverAskedForMore) {
    SmallServer server(8'192);
    for (std::size_t history = 0; history < 50; history += 7) {
        const auto asked = server.ask("gpt-4", static_cast<int>(history));
        EXPECT_TRUE(asked.stream) << history;
        EXPECT_EQ(server.requests(), history / 7 + 1) << "at the first attempt";
    }
}

TEST(OpenAiWindow, AModelWithASmallerWindowThanThoughtAnswersInTheEnd) {
    SmallServer server(8'192);
    const auto asked = server.ask("qwen-nobody-knows", 400);
    ASSERT_TRUE(asked.stream) << asked.stream.error().message;
    EXPECT_TRUE(asked.cut);
    EXPECT_LE(server.requests(), 4U);
}

}  // namespace
}  // namespace boternity::infra
