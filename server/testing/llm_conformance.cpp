#include "testing/llm_conformance.hpp"

#include "core/llm/reply_parts.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_future.hpp>

#include <utility>

namespace boternity::testing {

namespace asio = boost::asio;

void LlmRig::play(LlmPlay) {
    ADD_FAILURE() << "this rig cannot be scripted: skip LlmFeature::Script";
}
core::ModelRequest LlmRig::heard() {
    ADD_FAILURE() << "this rig does not tell what it heard: skip LlmFeature::Heard";
    return {};
}
bool LlmRig::wait_held(std::chrono::milliseconds) {
    return false;
}
bool LlmRig::wait_given_up(std::chrono::milliseconds) {
    return false;
}

std::string LlmHeardReply::text() const {
    std::string all;
    for (const auto& piece : pieces) {
        if (const auto* text = std::get_if<core::TextPiece>(&piece)) all += text->text;
    }
    return all;
}

std::vector<core::ToolCall> LlmHeardReply::calls() const {
    std::map<int, core::ToolCall> by_index;
    for (const auto& piece : pieces) {
        const auto* part = std::get_if<core::ToolCallPiece>(&piece);
        if (part == nullptr) continue;
        core::ToolCall& call = by_index[part->index];
        call.id += part->id;
        call.name += part->name;
        call.arguments += part->arguments;
    }
    std::vector<core::ToolCall> all;
    for (auto& [index, call] : by_index) all.push_back(std::move(call));
    return all;
}

core::PromptMessage LlmHeardReply::message() const {
    core::ReplyParts parts;
    for (const auto& piece : pieces) parts.add(piece);
    return parts.message();
}

std::string LlmHeardReply::outcome() const {
    if (error) return std::string(code_name(error->code));
    return end ? "end" : "nothing";
}

void LlmConformance::SetUp() {
    threads_ = std::make_unique<asio::thread_pool>(2);
    rig_ = GetParam().make(threads_->get_executor());
    ASSERT_NE(rig_, nullptr);
}

void LlmConformance::TearDown() {
    rig_.reset();
    threads_->join();
}

bool LlmConformance::lacks(LlmFeature feature) {
    const auto skipped = GetParam().skip.find(feature);
    if (skipped == GetParam().skip.end()) return false;
    EXPECT_FALSE(skipped->second.empty()) << "a skip needs its reason";
    [&] { GTEST_SKIP() << skipped->second; }();
    return true;
}

core::ModelRequest LlmConformance::ask(std::string text) const {
    core::ModelRequest request{.model = rig_->model(), .temperature = 0.0, .max_output_tokens = 48};
    request.messages.push_back(core::PromptMessage::of(core::PromptMessage::Role::User, std::move(text)));
    return request;
}

namespace {

core::Task<LlmHeardReply> listen(core::LlmProvider* provider, core::ModelRequest request,
                                 core::CallContext context) {
    LlmHeardReply heard;
    auto stream = co_await provider->open(std::move(request), std::move(context));
    if (!stream) {
        heard.error = std::move(stream).error();
        co_return heard;
    }
    while (!heard.end && !heard.error) {
        auto piece = co_await (*stream)->next();
        if (!piece) {
            heard.error = std::move(piece).error();
        } else if (const auto* end = std::get_if<core::ReplyEnd>(&*piece)) {
            heard.end = *end;
        } else {
            heard.pieces.push_back(std::move(*piece));
        }
    }
    co_return heard;
}

}  // namespace

std::future<LlmHeardReply> LlmConformance::start(core::ModelRequest request, core::CallContext context) {
    return asio::co_spawn(asio::make_strand(executor()),
                          listen(&provider(), std::move(request), std::move(context)), asio::use_future);
}

LlmHeardReply LlmConformance::await_reply(std::future<LlmHeardReply>& reply, std::chrono::milliseconds wait) {
    if (reply.wait_for(wait) == std::future_status::ready) return reply.get();
    ADD_FAILURE() << "no end after " << wait.count() << " ms";
    // The coroutine still refers to the rig: without this the case would end in a crash instead of a failure.
    threads_->stop();
    threads_->join();
    return {};
}

LlmHeardReply LlmConformance::tell(core::ModelRequest request, core::CallContext context) {
    auto reply = start(std::move(request), std::move(context));
    return await_reply(reply, GetParam().patience);
}

Result<int> LlmConformance::count(core::ModelRequest request) {
    auto counted =
        asio::co_spawn(executor(), provider().count_tokens(std::move(request), {}), asio::use_future);
    if (counted.wait_for(GetParam().patience) == std::future_status::ready) return counted.get();
    return fail(ErrorCode::DeadlineExceeded, "count_tokens did not answer");
}

}  // namespace boternity::testing
