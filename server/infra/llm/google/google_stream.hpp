#pragma once

#include "infra/llm/wire/call_ids.hpp"
#include "infra/llm/wire/reply_decoder.hpp"
#include "infra/llm/wire/utf8_joiner.hpp"

#include <boost/json/object.hpp>

#include <optional>
#include <string>
#include <utility>

namespace boternity::infra {

/// Reads the chunks of streamGenerateContent. The stream has no end of its own: it is whole when a
/// finishReason was told.
class GoogleStreamDecoder final : public ReplyDecoder {
public:
    /// `secret` is hidden in what the vendor says of a failure.
    explicit GoogleStreamDecoder(std::string secret = {}) : secret_(std::move(secret)) {}

    Status take(const SseEvent& event, std::vector<core::ReplyPiece>& pieces) override;
    Status take_whole(std::string_view body, std::vector<core::ReplyPiece>& pieces) override;
    Status finish(std::vector<core::ReplyPiece>& pieces) override;
    bool whole() const noexcept override { return reason_.has_value(); }
    bool ended() const noexcept override { return ended_; }

private:
    Status take_chunk(const boost::json::object& chunk, std::vector<core::ReplyPiece>& pieces);
    Status take_part(const boost::json::object& part, std::vector<core::ReplyPiece>& pieces);
    Status take_reason(const boost::json::object& candidate);
    void refuse(std::string_view why);
    void flush(std::vector<core::ReplyPiece>& pieces);

    std::string secret_;
    Utf8Joiner text_;
    Utf8Joiner thought_;
    CallIds ids_;
    int thoughts_ = 0;
    bool thinking_ = false;  ///< the last part was a thought
    std::optional<core::StopReason> reason_;
    std::optional<core::Usage> usage_;
    std::string why_;
    bool ended_ = false;
};

}  // namespace boternity::infra
