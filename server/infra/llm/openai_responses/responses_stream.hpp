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

/// Reads the events of a Responses stream. Items may come in pieces, whole at their end, or both: what was
/// said in pieces is not said again.
class ResponsesStreamDecoder final : public ReplyDecoder {
public:
    /// `secret` is hidden in what the vendor says of a failure.
    explicit ResponsesStreamDecoder(std::string secret = {}) : secret_(std::move(secret)) {}

    Status take(const SseEvent& event, std::vector<core::ReplyPiece>& pieces) override;
    Status take_whole(std::string_view body, std::vector<core::ReplyPiece>& pieces) override;
    Status finish(std::vector<core::ReplyPiece>& pieces) override;
    bool whole() const noexcept override { return reason_.has_value(); }
    bool ended() const noexcept override { return ended_; }

private:
    enum class Kind { Unknown, Message, Call, Reasoning };

    struct Item {
        Kind kind = Kind::Unknown;
        int index = 0;  ///< of the pieces: calls and thoughts are counted apart
        Utf8Joiner text{};
        bool said = false;  ///< in pieces
        bool done = false;
        int part = 0;  ///< of a summary: its parts are paragraphs
    };

    Result<Item*> item_at(int number, const boost::json::object& content,
                          std::vector<core::ReplyPiece>& pieces);
    void say(Item& item, std::string text, std::vector<core::ReplyPiece>& pieces);
    void take_delta(const boost::json::object& event, std::string_view type,
                    std::vector<core::ReplyPiece>& pieces);
    void end_item(Item& item, const boost::json::object& content, std::vector<core::ReplyPiece>& pieces);
    Status take_response(const boost::json::object& response, std::vector<core::ReplyPiece>& pieces);

    std::string secret_;
    std::map<int, Item> items_;  ///< by output_index
    CallIds ids_;
    int thoughts_ = 0;
    bool refused_ = false;
    std::optional<core::StopReason> reason_;
    std::optional<core::Usage> usage_;
    bool ended_ = false;
};

}  // namespace boternity::infra
