#include "testing/scripted_llm.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <atomic>
#include <utility>

namespace boternity::testing {
namespace {

namespace asio = boost::asio;

Error cancelled() {
    return {.code = ErrorCode::Cancelled, .message = "The call was cancelled."};
}

bool continues_character(char byte) noexcept {
    return (static_cast<unsigned char>(byte) & 0xc0) == 0x80;
}

class ScriptedStream final : public core::ReplyStream {
public:
    ScriptedStream(ScriptedReply reply, core::CallContext context, std::shared_ptr<std::atomic<int>> live,
                   std::shared_ptr<std::atomic<int>> abandoned)
        : reply_(std::move(reply)),
          context_(std::move(context)),
          live_(std::move(live)),
          abandoned_(std::move(abandoned)) {
        live_->fetch_add(1);
    }

    ~ScriptedStream() override {
        live_->fetch_sub(1);
        if (!ended_) abandoned_->fetch_add(1);
    }

    core::Task<Result<core::ReplyPiece>> next() override {
        co_await asio::post(asio::use_awaitable);
        if (context_.stop.stop_requested()) co_return end(cancelled());
        if (reply_.gate && next_ == reply_.held_before) {
            auto passed = co_await reply_.gate->pass(context_);
            if (!passed) co_return end(std::move(passed).error());
        }
        if (next_ < reply_.pieces.size()) {
            core::ReplyPiece piece = reply_.pieces[next_++];
            ended_ = std::holds_alternative<core::ReplyEnd>(piece);
            co_return piece;
        }
        if (reply_.error) co_return end(*reply_.error);
        co_return end({.code = ErrorCode::UpstreamFailed,
                       .message = "The model's answer broke off; send the message again.",
                       .detail = "the scripted reply has no ReplyEnd and no error"});
    }

private:
    Result<core::ReplyPiece> end(Error error) {
        ended_ = true;
        return fail(std::move(error));
    }

    ScriptedReply reply_;
    core::CallContext context_;
    std::shared_ptr<std::atomic<int>> live_;
    std::shared_ptr<std::atomic<int>> abandoned_;
    std::size_t next_ = 0;
    bool ended_ = false;
};

}  // namespace

ScriptedReply ScriptedReply::text(std::string_view text, std::size_t piece_bytes) {
    ScriptedReply reply;
    const int whole = static_cast<int>(text.size());
    while (!text.empty()) {
        std::size_t cut = std::min(std::max<std::size_t>(piece_bytes, 1), text.size());
        while (cut < text.size() && continues_character(text[cut])) ++cut;
        reply.pieces.emplace_back(core::TextPiece{.text = std::string(text.substr(0, cut))});
        text.remove_prefix(cut);
    }
    reply.pieces.emplace_back(
        core::ReplyEnd{.reason = core::StopReason::Stop,
                       .usage = core::Usage{.input_tokens = 10, .output_tokens = (whole + 3) / 4}});
    return reply;
}

ScriptedReply ScriptedReply::calls(std::vector<std::pair<std::string, std::string>> calls,
                                   std::string_view text) {
    ScriptedReply reply;
    if (!text.empty()) reply.pieces.emplace_back(core::TextPiece{.text = std::string(text)});
    int index = 0;
    for (auto& [name, arguments] : calls) {
        reply.pieces.emplace_back(core::ToolCallPiece{.index = index,
                                                      .id = "call-" + std::to_string(index),
                                                      .name = std::move(name),
                                                      .arguments = std::move(arguments)});
        ++index;
    }
    reply.pieces.emplace_back(core::ReplyEnd{.reason = core::StopReason::ToolCalls,
                                             .usage = core::Usage{.input_tokens = 10, .output_tokens = 5}});
    return reply;
}

core::ModelCard ScriptedLlm::default_card() {
    return {.name = "scripted",
            .window_tokens = 4096,
            .max_output_tokens = 1024,
            .counts_exactly = true,
            .tools = true};
}

ScriptedLlm::ScriptedLlm(std::vector<core::ModelCard> cards) : cards_(std::move(cards)) {}

void ScriptedLlm::reply(ScriptedReply reply) {
    const std::lock_guard lock(mutex_);
    script_.push_back(std::move(reply));
}

void ScriptedLlm::otherwise(std::function<ScriptedReply(const core::ModelRequest&)> answer) {
    const std::lock_guard lock(mutex_);
    otherwise_ = std::move(answer);
}

std::vector<core::ModelRequest> ScriptedLlm::requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
}

core::ModelRequest ScriptedLlm::last_request() const {
    const std::lock_guard lock(mutex_);
    return requests_.empty() ? core::ModelRequest{} : requests_.back();
}

bool ScriptedLlm::has(std::string_view model) const noexcept {
    return std::ranges::any_of(cards_, [&](const core::ModelCard& card) { return card.name == model; });
}

std::optional<ScriptedReply> ScriptedLlm::take(const core::ModelRequest& request) {
    std::unique_lock lock(mutex_);
    requests_.push_back(request);
    if (!script_.empty()) {
        ScriptedReply reply = std::move(script_.front());
        script_.pop_front();
        return reply;
    }
    const auto answer = otherwise_;
    lock.unlock();  // the answer may look at this model, e.g. at its requests
    if (answer) return answer(request);
    return std::nullopt;
}

core::Task<Result<core::ToldModels>> ScriptedLlm::list(core::CallContext) {
    core::ToldModels told;
    for (const auto& card : cards_)
        told.models.push_back({.name = card.name, .window_tokens = card.window_tokens});
    co_return told;
}

core::Task<Result<int>> ScriptedLlm::count_tokens(core::ModelRequest request, core::CallContext context) {
    if (context.stop.stop_requested()) co_return fail(cancelled());
    if (!has(request.model))
        co_return fail(not_found("There is no model of this name: " + request.model + "."));
    std::size_t tokens = 0;
    for (const auto& message : request.messages) tokens += 4 + (message.text().size() + 3) / 4;
    co_return static_cast<int>(tokens);
}

core::Task<Result<std::unique_ptr<core::ReplyStream>>> ScriptedLlm::open(core::ModelRequest request,
                                                                         core::CallContext context) {
    co_await asio::post(asio::use_awaitable);
    if (!has(request.model))
        co_return fail(not_found("There is no model of this name: " + request.model + "."));
    if (context.stop.stop_requested()) co_return fail(cancelled());
    auto reply = take(request);
    if (!reply) co_return fail(internal_error("the scripted model has no answer left"));
    if (reply->open_gate) {
        auto passed = co_await reply->open_gate->pass(context);
        if (!passed) co_return fail(std::move(passed).error());
    }
    if (reply->throws) throw std::bad_alloc();
    if (reply->open_error) co_return fail(*reply->open_error);
    co_return std::make_unique<ScriptedStream>(std::move(*reply), std::move(context), live_, abandoned_);
}

}  // namespace boternity::testing
