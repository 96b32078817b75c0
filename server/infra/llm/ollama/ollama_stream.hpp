#pragma once

#include "infra/llm/wire/call_ids.hpp"
#include "infra/llm/wire/reply_decoder.hpp"
#include "infra/llm/wire/utf8_joiner.hpp"

#include <boost/json/object.hpp>

#include <string>
#include <utility>

namespace boternity::infra {

/// Reads the lines of /api/chat. The last one says `done`.
class OllamaStreamDecoder final : public ReplyDecoder {
public:
    /// `secret` is hidden in what the server says of a failure.
    explicit OllamaStreamDecoder(std::string secret = {}) : secret_(std::move(secret)) {}

    Status take(const SseEvent& event, std::vector<core::ReplyPiece>& pieces) override;
    Status take_whole(std::string_view body, std::vector<core::ReplyPiece>& pieces) override;
    Status finish(std::vector<core::ReplyPiece>& pieces) override;
    bool whole() const noexcept override { return ended_; }
    bool ended() const noexcept override { return ended_; }

private:
    Status take_message(const boost::json::object& message, std::vector<core::ReplyPiece>& pieces);
    void end_thought(std::vector<core::ReplyPiece>& pieces);
    Status take_end(const boost::json::object& line, std::vector<core::ReplyPiece>& pieces);

    std::string secret_;
    Utf8Joiner text_;
    Utf8Joiner thought_;
    CallIds ids_;
    int thoughts_ = 0;
    bool thinking_ = false;  ///< the last piece was of a thought
    bool ended_ = false;
};

}  // namespace boternity::infra
