#pragma once

#include "core/ports/llm_provider.hpp"
#include "infra/llm/wire/chat_completions.hpp"
#include "infra/net/http_client.hpp"
#include "infra/net/sse_reader.hpp"

#include <deque>
#include <memory>
#include <string>
#include <vector>

namespace boternity::infra {

/// Reads a Chat Completions answer from an exchange, piece by piece. Lifetime, threads and errors as
/// ReplyStream.
class ChatReplyStream final : public core::ReplyStream {
public:
    enum class Form {
        Events,  ///< server-sent events
        Whole    ///< one JSON object, from a server that ignored `stream`
    };

    /// `secret` is hidden in what a vendor says of a failure.
    ChatReplyStream(std::unique_ptr<HttpExchange> exchange, Form form, std::string secret,
                    core::CallContext context);

    core::Task<Result<core::ReplyPiece>> next() override;

private:
    core::Task<Status> fill();
    Status take_events(std::string_view bytes);
    Status take_end();

    std::unique_ptr<HttpExchange> exchange_;
    Form form_;
    core::CallContext context_;
    std::string secret_;
    SseReader events_;
    ChatStreamDecoder decoder_;
    std::string body_;
    std::deque<core::ReplyPiece> ready_;
    bool rest_limited_ = false;
    std::optional<Error> failed_;  ///< said after the pieces that came before it
};

}  // namespace boternity::infra
