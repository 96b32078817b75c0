#include "infra/tools/tests/served_tools.hpp"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <gmock/gmock.h>

#include <stop_token>
#include <thread>

namespace boternity::infra {
namespace {

using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using testing::LlmHold;
using ::testing::StartsWith;
using testing::UpstreamAnswer;

constexpr std::string_view kDoubt = "Nobody knows whether it took effect: find out before you call it again.";

class WebhookTool : public ServedTool {
protected:
    DeclaredWebhook declared() {
        return {
            .name = "tickets.open", .description = "Opens a ticket.", .url = upstream_.origin() + "/hook"};
    }
    std::shared_ptr<core::Tool> made(DeclaredWebhook declared) {
        auto tool = make_webhook(std::move(declared), http_, clock_, [](std::string_view name) {
            return name == "TOKEN"    ? std::optional<std::string>("Bearer s3cret")
                   : name == "BROKEN" ? std::optional<std::string>("a\r\nb: c")
                                      : std::nullopt;
        });
        EXPECT_TRUE(tool) << tool.error().message;
        return *tool;
    }
    std::string called(DeclaredWebhook declared, core::CallContext context = {}) {
        const auto tool = made(std::move(declared));
        return call(*tool, {{"title", std::string("x")}, {"n", std::int64_t{2}}}, std::move(context));
    }
    std::string refused(DeclaredWebhook declared) {
        const auto tool = make_webhook(std::move(declared), http_, clock_, {});
        return tool ? "made" : tool.error().field + ": " + tool.error().message;
    }
};

TEST_F(WebhookTool, PostsTheCall) {
    auto spec = declared();
    spec.headers = {{"Authorization", "env:TOKEN"}, {"X-Team", "a b"}};
    upstream_.answer(answers(201, "ticket 7", {{"Content-Type", "text/plain"}}));
    EXPECT_EQ(called(spec), "ticket 7");
    const auto seen = upstream_.requests().front();
    EXPECT_EQ(seen.method, "POST");
    EXPECT_EQ(seen.target, "/hook");
    EXPECT_EQ(seen.header("content-type"), "application/json");
    EXPECT_EQ(seen.header("idempotency-key"), "key-1");
    EXPECT_EQ(seen.header("authorization"), "Bearer s3cret");
    EXPECT_EQ(seen.header("x-team"), "a b");
    EXPECT_EQ(boost::json::parse(seen.body),
              boost::json::parse(
                  R"({"run":"0193a5b2-7c1d-7e3f-8a4b-5c6d7e8f9a0b","step":3,)"
                  R"("bot":"0193a5b2-7c1d-7e3f-8a4b-5c6d7e8f9a0c","arguments":{"title":"x","n":2}})"));
    EXPECT_EQ(http_.asked, std::vector{Egress::Operator});
}

TEST_F(WebhookTool, ItsCardIsAsDeclared) {
    auto spec = declared();
    spec.parameters = R"({"type":"object","required":["title"]})";
    spec.read_only = true;
    const auto card = made(spec)->card();
    EXPECT_EQ(card.name, "tickets.open");
    EXPECT_EQ(card.parameters, spec.parameters);
    EXPECT_TRUE(card.read_only && card.idempotent && !card.named_only);
    EXPECT_EQ(made(declared())->card().parameters, R"({"type":"object"})");
    EXPECT_FALSE(made(declared())->card().idempotent);
}

TEST_F(WebhookTool, ARefusalIsToldWithItsWords) {
    upstream_.answer(
        answers(422, "title is too short" + std::string(10'000, '!'), {{"Content-Type", "text/plain"}}));
    const auto told = called(declared());
    EXPECT_THAT(told, StartsWith("ERROR: tickets.open refused the call (HTTP 422): title is too short!!!"));
    EXPECT_LT(told.size(), 2'200u);
    upstream_.answer(answers(404, "", {}));
    EXPECT_EQ(called(declared()), "ERROR: tickets.open refused the call (HTTP 404).");
}

TEST_F(WebhookTool, AFailureLeavesADoubtUnlessItIsIdempotent) {
    upstream_.otherwise(answers(503, "down", {{"Content-Type", "text/plain"}}));
    EXPECT_EQ(called(declared()),
              "ERROR: tickets.open failed (HTTP 503). " + std::string(kDoubt) + " It says: down");
    auto again = declared();
    again.idempotent = true;
    EXPECT_EQ(called(again), "ERROR: tickets.open failed (HTTP 503). It may be called again. It says: down");
}

TEST_F(WebhookTool, RedirectsAreNotFollowed) {
    upstream_.answer(answers(307, "", {{"Location", upstream_.origin() + "/other"}}));
    EXPECT_EQ(called(declared()),
              "ERROR: tickets.open answered what is no result (HTTP 307). " + std::string(kDoubt));
    EXPECT_EQ(upstream_.requests().size(), 1u);
}

TEST_F(WebhookTool, NoConnectionIsTold) {
    auto spec = declared();
    spec.url = "http://127.0.0.1:1/hook";
    EXPECT_THAT(called(spec), AllOf(StartsWith("ERROR: tickets.open could not be asked to the end: "),
                                    EndsWith(std::string(kDoubt))));
}

TEST_F(WebhookTool, AServiceThatNeverAnswersIsLeft) {
    UpstreamAnswer silent;
    silent.hold = LlmHold::BeforeHeaders;
    upstream_.answer(silent);
    auto spec = declared();
    spec.timeout = std::chrono::seconds(1);
    EXPECT_EQ(called(spec), "ERROR: tickets.open gave no answer in time. " + std::string(kDoubt));
    EXPECT_TRUE(upstream_.wait_given_up());
}

TEST_F(WebhookTool, IsCancelledAtOnce) {
    UpstreamAnswer silent;
    silent.hold = LlmHold::BeforeHeaders;
    upstream_.answer(silent);
    std::stop_source source;
    const std::jthread stopping([&] {
        upstream_.wait_held();
        source.request_stop();
    });
    EXPECT_THAT(called(declared(), {.stop = source.get_token()}), StartsWith("ERROR: "));
    EXPECT_TRUE(upstream_.wait_given_up());
}

TEST_F(WebhookTool, LargeAnswersAreCut) {
    upstream_.answer(answers(200, std::string(50'000'000, 'x'), {{"Content-Type", "text/plain"}}));
    EXPECT_EQ(called(declared()).size(), kMostAnswerBytes);
    EXPECT_LT(upstream_.bytes_written(), 40'000'000u) << "the rest is not received";
    upstream_.answer(answers(204, "", {}));
    EXPECT_EQ(called(declared()), "(no text)");
}

TEST_F(WebhookTool, AVariableThatIsNotSetIsToldWithoutACall) {
    auto spec = declared();
    spec.headers = {{"Authorization", "env:MISSING"}};
    EXPECT_EQ(called(spec),
              "ERROR: tickets.open is not set up: MISSING is not set in the server's environment; "
              "tell the owner.");
    spec.headers = {{"Authorization", "env:BROKEN"}};
    EXPECT_THAT(called(spec), HasSubstr("BROKEN has more than one line"));
    EXPECT_TRUE(upstream_.requests().empty());
}

TEST_F(WebhookTool, WhatCannotBeSentIsRefused) {
    auto spec = declared();
    spec.url = "ftp://example.org";
    EXPECT_EQ(refused(spec), "url: url must be an http or https address.");
    spec.url = "https://user:pass@example.org/";
    EXPECT_EQ(refused(spec), "url: url must hold no user name and no password; use headers.");
    for (const char* ours : {"Content-Type", "HOST", "Idempotency-Key", "content-length"}) {
        spec = declared();
        spec.headers = {{ours, "x"}};
        EXPECT_THAT(refused(spec), StartsWith("headers: headers must not set ")) << ours;
    }
    spec.headers = {{"X Y", "x"}};
    EXPECT_EQ(refused(spec), "headers: headers has a name that is none.");
    spec.headers = {{"X-Y", "x\r\nz: 1"}};
    EXPECT_EQ(refused(spec), "headers: The header X-Y must be one line.");
}

}  // namespace
}  // namespace boternity::infra
