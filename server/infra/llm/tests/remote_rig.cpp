#include "infra/llm/tests/remote_rig.hpp"

#include "infra/llm/remote/remote_factory.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <utility>

namespace boternity::testing {
namespace {

constexpr std::string_view kKey = "sk-test-0123456789abcdef";

std::optional<std::string> variable(std::string_view name) {
    return name == "UPSTREAM_KEY" ? std::optional(std::string(kKey)) : std::nullopt;
}

UpstreamAnswer answer_for(const LlmPlay& play, const FakeWire& wire) {
    UpstreamAnswer answer = UpstreamAnswer::says(play.text);
    answer.reasoning = play.reasoning;
    answer.calls = play.calls;
    answer.stop = play.stop;
    answer.why = play.why;
    answer.usage = play.usage;
    answer.hold = play.hold;
    const auto refuses = [&](int status, UpstreamHeaders headers = {}) {
        return UpstreamAnswer::error(status, wire.error_body(status, "no"), std::move(headers));
    };
    switch (play.fault) {
    case LlmFault::None: break;
    case LlmFault::KeyRefused: return refuses(401);
    case LlmFault::TooManyRequests: return refuses(429, {{"Retry-After", "7"}});
    case LlmFault::RequestRefused: return refuses(422);
    case LlmFault::ServerError: return UpstreamAnswer::error(503, "down");
    case LlmFault::CutInMidStream: answer.fault = UpstreamFault::CutInMidStream; break;
    case LlmFault::EndWithoutReason: answer.fault = UpstreamFault::EndWithoutFinish; break;
    case LlmFault::Garbage: answer.fault = UpstreamFault::MalformedChunk; break;
    }
    return answer;
}

/// Long texts in small parts take too long for a test.
bool is_short(const UpstreamAnswer& answer) {
    return answer.text.size() < 1'000;
}

std::vector<WireShape> shapes() {
    return {{.name = "plain", .apply = [](UpstreamAnswer&) {}},
            {.name = "inside_characters",
             .apply =
                 [](UpstreamAnswer& answer) {
                     answer.splits_characters = true;
                     if (is_short(answer)) answer.token_bytes = 1;
                 }},
            {.name = "odd_lines_byte_by_byte", .apply = [](UpstreamAnswer& answer) {
                 answer.crlf = true;
                 answer.comments = true;
                 if (is_short(answer)) answer.write_bytes = 1;
             }}};
}

}  // namespace

RemoteRig::RemoteRig(const core::Executor& executor, RemoteVendor vendor, WireShape shape)
    : vendor_(std::move(vendor)),
      shape_(std::move(shape)),
      upstream_({.key = std::string(kKey),
                 .window_tokens = vendor_.window_tokens,
                 .models = {{.name = vendor_.model}, {.name = "maker/other"}}},
                *vendor_.wire),
      http_(infra::make_curl_http_client(executor)) {
    std::vector<std::string> models{vendor_.model, "maker/other"};
    if (vendor_.thinking_model != vendor_.model) models.push_back(vendor_.thinking_model);
    const auto factory =
        infra::make_remote_factory({.http = *http_, .environment = &variable}, vendor_.api());
    auto made = factory->make({.name = "fake",
                               .kind = std::string(vendor_.wire->kind()),
                               .base_url = upstream_.base_url(),
                               .key = "env:UPSTREAM_KEY",
                               .models = std::move(models)});
    if (made) provider_ = *made;
}

RemoteRig::~RemoteRig() {
    EXPECT_EQ(upstream_.violations(), std::vector<std::string>{});
}

void RemoteRig::play(LlmPlay play) {
    auto answer = answer_for(play, upstream_.wire());
    shape_.apply(answer);
    upstream_.answer(std::move(answer));
}

std::vector<LlmUnderTest> in_all_shapes(const RemoteVendor& vendor) {
    std::vector<LlmUnderTest> all;
    for (const auto& shape : shapes()) {
        all.push_back({.name = shape.name,
                       .make =
                           [vendor, shape](core::Executor executor) {
                               return std::make_unique<RemoteRig>(executor, vendor, shape);
                           },
                       .skip = vendor.skip,
                       .tells = vendor.tells,
                       .least_output_tokens = vendor.least_output_tokens});
    }
    return all;
}

}  // namespace boternity::testing
