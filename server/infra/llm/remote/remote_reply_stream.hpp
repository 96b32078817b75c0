#pragma once

#include "core/ports/llm_provider.hpp"
#include "infra/llm/wire/reply_decoder.hpp"
#include "infra/net/http_client.hpp"
#include "infra/net/ndjson_reader.hpp"
#include "infra/net/sse_reader.hpp"

#include <deque>
#include <memory>
#include <string>
#include <vector>

namespace boternity::infra {

/// Reads an answer of any format from an exchange, piece by piece. Lifetime, threads and errors as
/// ReplyStream.
class RemoteReplyStream final : public core::ReplyStream {
public:
    enum class Form {
        Events,  ///< server-sent events
        Lines,   ///< one JSON object a line
        Whole    ///< one JSON object, from a server that ignored `stream`
    };

    RemoteReplyStream(std::unique_ptr<HttpExchange> exchange, Form form,
                      std::unique_ptr<ReplyDecoder> decoder, core::CallContext context);

    core::Task<Result<core::ReplyPiece>> next() override;

private:
    core::Task<Status> fill();
    Status take_events(std::string_view bytes);
    Status take_end();
    /// Sets the pieces ready. UpstreamFailed at the end of an answer that neither said nor called anything.
    Status keep(std::vector<core::ReplyPiece> pieces);

    std::unique_ptr<HttpExchange> exchange_;
    Form form_;
    core::CallContext context_;
    SseReader events_;
    NdjsonReader lines_;
    std::unique_ptr<ReplyDecoder> decoder_;
    std::string body_;
    std::deque<core::ReplyPiece> ready_;
    bool rest_limited_ = false;
    bool said_ = false;
    std::optional<Error> failed_;  ///< said after the pieces that came before it
};

}  // namespace boternity::infra
