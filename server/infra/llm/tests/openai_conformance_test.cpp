#include "infra/llm/openai/openai_chat.hpp"
#include "infra/llm/remote/remote_factory.hpp"
#include "testing/upstream/fake_upstream.hpp"
#include "testing/llm_conformance.hpp"

#include <gtest/gtest.h>

#include <utility>

namespace boternity::testing {
namespace {

constexpr std::string_view kKey = "sk-test-0123456789abcdef";

std::optional<std::string> variable(std::string_view name) {
    return name == "UPSTREAM_KEY" ? std::optional(std::string(kKey)) : std::nullopt;
}

std::string reason_name(core::StopReason reason) {
    switch (reason) {
    case core::StopReason::Length: return "length";
    case core::StopReason::ToolCalls: return "tool_calls";
    case core::StopReason::Refused: return "content_filter";
    case core::StopReason::Stop:
    case core::StopReason::Cancelled: return "stop";
    }
    std::unreachable();
}

UpstreamAnswer answer_for(const LlmPlay& play) {
    UpstreamAnswer answer = UpstreamAnswer::says(play.text);
    answer.calls = play.calls;
    answer.finish_reason = reason_name(play.stop);
    answer.usage = play.usage;
    answer.hold = play.hold;
    switch (play.fault) {
    case LlmFault::None: break;
    case LlmFault::KeyRefused: return UpstreamAnswer::error(401, R"({"error":{"message":"bad key"}})");
    case LlmFault::TooManyRequests: return UpstreamAnswer::error(429, "{}", {{"Retry-After", "7"}});
    case LlmFault::RequestRefused: return UpstreamAnswer::error(422, R"({"detail":"no"})");
    case LlmFault::ServerError: return UpstreamAnswer::error(503, "down");
    case LlmFault::CutInMidStream: answer.fault = UpstreamFault::CutInMidStream; break;
    case LlmFault::EndWithoutReason: answer.fault = UpstreamFault::EndWithoutFinish; break;
    case LlmFault::Garbage: answer.fault = UpstreamFault::MalformedChunk; break;
    }
    return answer;
}

/// The provider, a real HTTP client and a server on loopback that checks every request.
class OpenAiRig final : public LlmRig {
public:
    using Shape = std::function<void(UpstreamAnswer&)>;

    OpenAiRig(const core::Executor& executor, Shape shape)
        : upstream_({.key = std::string(kKey)}),
          shape_(std::move(shape)),
          http_(infra::make_curl_http_client(executor)) {
        const auto factory =
            infra::make_remote_factory({.http = *http_, .environment = &variable}, infra::make_openai_chat());
        auto made = factory->make({.name = "fake",
                                   .kind = "openai",
                                   .base_url = upstream_.base_url(),
                                   .key = "env:UPSTREAM_KEY",
                                   .models = {"tiny", "maker/other"}});
        if (made) provider_ = *made;
    }

    ~OpenAiRig() override { EXPECT_EQ(upstream_.violations(), std::vector<std::string>{}); }

    core::LlmProvider& provider() override { return *provider_; }
    std::string model() const override { return "tiny"; }
    void play(LlmPlay play) override {
        auto answer = answer_for(play);
        shape_(answer);
        upstream_.answer(std::move(answer));
    }
    core::ModelRequest heard() override { return upstream_.heard(); }
    bool wait_held(std::chrono::milliseconds wait) override { return upstream_.wait_held(wait); }
    bool wait_given_up(std::chrono::milliseconds wait) override { return upstream_.wait_given_up(wait); }

private:
    FakeUpstream upstream_;
    Shape shape_;
    std::unique_ptr<infra::HttpClient> http_;
    std::shared_ptr<core::LlmProvider> provider_;
};

LlmUnderTest shaped(std::string name, OpenAiRig::Shape shape) {
    return {.name = std::move(name), .make = [shape](core::Executor executor) {
                return std::make_unique<OpenAiRig>(executor, shape);
            }};
}

INSTANTIATE_TEST_SUITE_P(OpenAi, LlmConformance,
                         ::testing::Values(shaped("plain", [](UpstreamAnswer&) {}),
                                           shaped("inside_characters",
                                                  [](UpstreamAnswer& answer) {
                                                      answer.splits_characters = true;
                                                      if (answer.text.size() < 1000) answer.token_bytes = 1;
                                                  }),
                                           shaped("odd_lines_byte_by_byte",
                                                  [](UpstreamAnswer& answer) {
                                                      answer.crlf = true;
                                                      answer.comments = true;
                                                      if (answer.text.size() < 1000) answer.write_bytes = 1;
                                                  })),
                         name_of_llm_under_test);

}  // namespace
}  // namespace boternity::testing
