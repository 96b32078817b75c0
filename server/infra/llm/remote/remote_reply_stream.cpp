#include "infra/llm/remote/remote_reply_stream.hpp"

#include <utility>

namespace boternity::infra {
namespace {

/// Of an answer that comes whole; a stream is bounded by the exchange.
constexpr std::size_t kMaxWholeBytes = 8 * 1024 * 1024;

/// What a reader of SSE or HTTP calls too large is, to who asked a model, a provider that misbehaves.
Error as_upstream(Error error) {
    if (error.code != ErrorCode::TooLarge) return error;
    return {.code = ErrorCode::UpstreamFailed,
            .message = "The provider sent more than an answer can have; try again.",
            .detail = std::move(error.message)};
}

}  // namespace

RemoteReplyStream::RemoteReplyStream(std::unique_ptr<HttpExchange> exchange, Form form,
                                     std::unique_ptr<ReplyDecoder> decoder, core::CallContext context)
    : exchange_(std::move(exchange)),
      form_(form),
      context_(std::move(context)),
      decoder_(std::move(decoder)) {}

core::Task<Result<core::ReplyPiece>> RemoteReplyStream::next() {
    while (true) {
        if (context_.stop.stop_requested()) {
            exchange_.reset();
            co_return fail(ErrorCode::Cancelled, "The call was cancelled.");
        }
        if (!ready_.empty()) {
            core::ReplyPiece piece = std::move(ready_.front());
            ready_.pop_front();
            co_return piece;
        }
        if (failed_) {
            exchange_.reset();
            co_return fail(*failed_);
        }
        if (!exchange_) co_return fail(internal_error("a reply was read past its end"));
        auto filled = co_await fill();
        if (!filled) failed_ = as_upstream(std::move(filled).error());
    }
}

core::Task<Status> RemoteReplyStream::fill() {
    auto bytes = co_await exchange_->read();
    if (!bytes) {
        // The connection broke or fell silent after the answer's end: nothing is missing.
        if (bytes.error().code == ErrorCode::UpstreamFailed && decoder_->whole()) co_return take_end();
        co_return fail(std::move(bytes).error());
    }
    if (bytes->empty()) co_return take_end();
    if (form_ != Form::Whole) co_return take_events(*bytes);
    if (body_.size() + bytes->size() > kMaxWholeBytes) {
        co_return fail(ErrorCode::TooLarge, "an answer of more than 8 MiB");
    }
    body_ += *bytes;
    co_return Status{};
}

Status RemoteReplyStream::take_events(std::string_view bytes) {
    std::vector<SseEvent> events;
    const Status fed = form_ == Form::Lines ? lines_.feed(bytes, events) : events_.feed(bytes, events);
    std::vector<core::ReplyPiece> pieces;
    Status taken;
    for (const SseEvent& event : events) {
        taken = decoder_->take(event, pieces);
        if (!taken) break;
    }
    const Status kept = keep(std::move(pieces));
    if (!taken) return taken;
    if (!kept) return kept;
    if (decoder_->ended()) {
        exchange_->expect_end();
        exchange_.reset();
        return {};
    }
    // Only the usage may still come; some servers keep the body open without a [DONE].
    if (decoder_->whole() && !std::exchange(rest_limited_, true)) exchange_->limit_rest();
    return fed;
}

Status RemoteReplyStream::keep(std::vector<core::ReplyPiece> pieces) {
    for (auto& piece : pieces) {
        const auto* end = std::get_if<core::ReplyEnd>(&piece);
        if (end == nullptr) {
            said_ = said_ || !std::holds_alternative<core::ReasoningPiece>(piece);
        } else if (!said_ &&
                   (end->reason == core::StopReason::Stop || end->reason == core::StopReason::ToolCalls)) {
            return fail(ErrorCode::UpstreamFailed, "The provider sent an empty answer; try again.");
        }
        ready_.push_back(std::move(piece));
    }
    return {};
}

Status RemoteReplyStream::take_end() {
    exchange_.reset();
    std::vector<core::ReplyPiece> pieces;
    Status status;
    if (form_ == Form::Whole) {
        status = decoder_->take_whole(body_, pieces);
    } else {
        std::vector<SseEvent> rest;
        if (form_ == Form::Lines) status = lines_.finish(rest);
        for (const auto& event : rest) {
            if (status) status = decoder_->take(event, pieces);
        }
        if (status) status = decoder_->finish(pieces);
    }
    const Status kept = keep(std::move(pieces));
    return status ? kept : status;
}

}  // namespace boternity::infra
