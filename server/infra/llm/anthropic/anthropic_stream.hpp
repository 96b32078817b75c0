#pragma once

#include "infra/llm/wire/call_ids.hpp"
#include "infra/llm/wire/reply_decoder.hpp"
#include "infra/llm/wire/utf8_joiner.hpp"

#include <boost/json/object.hpp>

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace boternity::infra {

/// Reads the events of a Messages stream. What it does not know (pings, new events, new blocks) is passed
/// over.
class AnthropicStreamDecoder final : public ReplyDecoder {
public:
    /// `secret` is hidden in what the vendor says of a failure.
    explicit AnthropicStreamDecoder(std::string secret = {}) : secret_(std::move(secret)) {}

    Status take(const SseEvent& event, std::vector<core::ReplyPiece>& pieces) override;
    Status take_whole(std::string_view body, std::vector<core::ReplyPiece>& pieces) override;
    Status finish(std::vector<core::ReplyPiece>& pieces) override;
    bool whole() const noexcept override { return reason_.has_value(); }
    bool ended() const noexcept override { return ended_; }

private:
    enum class Kind { Unknown, Text, Thinking, Call };

    /// A content block that has begun and not stopped.
    struct Block {
        Kind kind = Kind::Unknown;
        int index = 0;  ///< of the pieces: calls and thoughts are counted apart
        Utf8Joiner text{};
        std::string signature{};
        bool empty = true;  ///< a call whose arguments have not begun
        std::string whole_input{};
    };

    Status begin_block(int number, const boost::json::object& content, std::vector<core::ReplyPiece>& pieces);
    void take_delta(Block& block, const boost::json::object& delta, std::vector<core::ReplyPiece>& pieces);
    void say(Block& block, std::string text, std::vector<core::ReplyPiece>& pieces);
    void end_block(Block& block, std::vector<core::ReplyPiece>& pieces);
    void take_usage(const boost::json::object& holder);
    void take_reason(const boost::json::object& holder);
    std::optional<core::Usage> usage() const;

    std::string secret_;
    std::map<int, Block> blocks_;
    CallIds ids_;
    int thoughts_ = 0;
    std::optional<core::StopReason> reason_;
    std::string why_;
    // Each as told last: later ones replace earlier ones.
    std::optional<int> fresh_input_, cache_read_, cache_write_, output_, reasoning_;
    bool ended_ = false;
};

}  // namespace boternity::infra
