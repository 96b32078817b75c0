#pragma once

#include "core/llm/model.hpp"
#include "infra/llm/wire/call_ids.hpp"
#include "infra/llm/wire/reply_decoder.hpp"
#include "infra/llm/wire/utf8_joiner.hpp"
#include "types/result.hpp"

#include <boost/json/object.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// The Chat Completions format: pure functions between it and our types. No I/O, no vendor.
namespace boternity::infra {

/// The format of states that this wire makes: reasoning under the field that `data` names.
inline constexpr std::string_view kChatReasoning = "chat_completions";

/// What differs between the servers and models that speak it.
struct ChatDialect {
    bool completion_limit = false;  ///< max_completion_tokens, as reasoning models ask for; else max_tokens
    bool sampling = true;           ///< false: a temperature would be refused, so none is sent
    bool effort = false;            ///< reasoning_effort is known
    bool thinking_off = true;       ///< its value "none" is known, too
    bool forced_tools = true;       ///< a tool choice other than auto and none is known
};

/// The body of a streaming request. Messages of the system and of the assistant that say nothing are left
/// out. InvalidArgument when a user's message is empty or a tool's parameters are no JSON object.
Result<std::string> encode_chat_request(const core::ModelRequest& request, const ChatDialect& dialect);

/// Tool calls get an index in the order of their beginning and an id in any case, whatever the server
/// numbers.
class ChatStreamDecoder final : public ReplyDecoder {
public:
    /// `secret` is hidden in what a vendor says of a failure.
    explicit ChatStreamDecoder(std::string secret = {}) : secret_(std::move(secret)) {}

    Status take(const SseEvent& event, std::vector<core::ReplyPiece>& pieces) override;
    Status take_whole(std::string_view body, std::vector<core::ReplyPiece>& pieces) override;
    Status finish(std::vector<core::ReplyPiece>& pieces) override;
    bool whole() const noexcept override { return reason_.has_value(); }
    bool ended() const noexcept override { return ended_; }

private:
    struct Call {
        std::string wire_id{};
        std::string id{};
        std::string name{};
        std::string early{};  ///< arguments that came before the name
        Utf8Joiner arguments{};
        std::int64_t wire_index = 0;
        bool begun = false;
    };

    Status take_choice(const boost::json::object& choice, std::vector<core::ReplyPiece>& pieces);
    void take_text(std::string_view text, std::vector<core::ReplyPiece>& pieces);
    void take_reasoning(const boost::json::object& message, std::vector<core::ReplyPiece>& pieces);
    void take_content(const boost::json::object& message, std::vector<core::ReplyPiece>& pieces);
    void take_calls(const boost::json::object& message, std::vector<core::ReplyPiece>& pieces);
    Status take_reason(std::string_view reason);
    Call& call_for(const boost::json::object& part, std::size_t position);

    std::string secret_;
    Utf8Joiner text_;
    Utf8Joiner reasoning_;
    std::string_view reasoning_field_;
    std::vector<Call> calls_;
    CallIds ids_;
    std::optional<core::StopReason> reason_;
    std::optional<core::Usage> usage_;
    bool refused_ = false;
    bool ended_ = false;
};

}  // namespace boternity::infra
