#pragma once

#include "infra/llm/wire/call_ids.hpp"
#include "infra/llm/wire/reply_decoder.hpp"
#include "infra/llm/wire/utf8_joiner.hpp"

#include <boost/json/object.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace boternity::infra {

/// Reads the events of a Responses stream. What it does not know (new events, items of tools that the vendor
/// runs itself) is passed over; what a server tells only at the end of an item, or of the answer, is taken
/// from there.
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
    enum class Kind { Other, Message, Reasoning, Call };

    /// One thing that the model says: a message, a thought, a call.
    struct Item {
        Kind kind = Kind::Other;
        std::string id{};
        std::optional<int> place{};  ///< as the server counts
        int index = 0;               ///< of the pieces: calls and thoughts are counted apart
        Utf8Joiner text{};
        std::string source{};  ///< of a thought: what tells it, "summary" or "text"
        int part = 0;          ///< of a thought: the paragraph that was told last
        bool said = false;
        bool done = false;
    };

    Status take_event(std::string_view type, const boost::json::object& event,
                      std::vector<core::ReplyPiece>& pieces);
    Status take_delta(std::string_view what, const boost::json::object& event,
                      std::vector<core::ReplyPiece>& pieces);
    Status take_end(const boost::json::object& response, std::vector<core::ReplyPiece>& pieces);
    Status take_status(const boost::json::object& response);

    Result<Item*> begin_item(const boost::json::object& event, const boost::json::object& item,
                             std::vector<core::ReplyPiece>& pieces);
    /// What `item` holds and was not said in pieces, and its state.
    void end_item(Item& known, const boost::json::object& item, std::vector<core::ReplyPiece>& pieces);
    void end_message(Item& known, const boost::json::object& item, std::vector<core::ReplyPiece>& pieces);
    void end_reasoning(Item& known, const boost::json::object& item, std::vector<core::ReplyPiece>& pieces);
    Status take_output(const boost::json::object& response, std::vector<core::ReplyPiece>& pieces);

    Item* item_of(const boost::json::object& event, std::string_view id, Kind kind) noexcept;
    void say(Item& item, std::string text, std::vector<core::ReplyPiece>& pieces);

    std::string secret_;
    std::vector<Item> items_;
    CallIds ids_;
    int thoughts_ = 0;
    std::optional<core::Usage> usage_;
    std::optional<core::StopReason> reason_;
    bool refused_ = false;
    bool ended_ = false;
};

}  // namespace boternity::infra
