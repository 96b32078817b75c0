#pragma once

#include "core/llm/model.hpp"
#include "infra/llm/wire/utf8_joiner.hpp"
#include "infra/net/http_client.hpp"
#include "infra/net/sse_reader.hpp"
#include "types/error.hpp"
#include "types/result.hpp"

#include <boost/json/object.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// The Chat Completions format: pure functions between it and our types. No I/O, no vendor.
namespace boternity::infra {

/// What differs between the servers and models that speak it.
struct ChatDialect {
    enum class Limit {
        MaxTokens,           ///< what every server knows
        MaxCompletionTokens  ///< what reasoning models ask for instead
    };
    enum class Sampling { Free, Fixed };  ///< Fixed: a temperature would be refused, so none is sent

    Limit limit = Limit::MaxTokens;
    Sampling sampling = Sampling::Free;
};

/// The body of a streaming request. Messages of the system and of the assistant that say nothing are left
/// out. InvalidArgument when a user's message is empty or a tool's parameters are no JSON object.
Result<std::string> encode_chat_request(const core::ModelRequest& request, const ChatDialect& dialect);

/// Turns the events of a streamed answer into pieces, as they come.
///
/// Tool calls get an index in the order of their beginning and an id in any case, whatever the server
/// numbers. Threads  one.
class ChatStreamDecoder {
public:
    /// `secret` is hidden in what a vendor says of a failure.
    explicit ChatStreamDecoder(std::string secret = {}) : secret_(std::move(secret)) {}

    /// Appends the pieces of one event; a ReplyEnd when it was the last. After an error it is of no use.
    Status take(const SseEvent& event, std::vector<core::ReplyPiece>& pieces);

    /// The body has ended: appends the ReplyEnd if the answer is whole, else UpstreamFailed.
    Status finish(std::vector<core::ReplyPiece>& pieces);

    /// True once a reason to stop was read, even when the stream's own end is missing.
    bool whole() const noexcept { return reason_.has_value(); }

    /// True when the ReplyEnd was given out.
    bool ended() const noexcept { return ended_; }

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
    void take_content(const boost::json::object& message, std::vector<core::ReplyPiece>& pieces);
    void take_calls(const boost::json::object& message, std::vector<core::ReplyPiece>& pieces);
    Status take_reason(std::string_view reason);
    Call& call_for(const boost::json::object& part, std::size_t position);
    std::string unused_id(std::string_view wanted, std::size_t index) const;
    Status take_answer(const boost::json::object& body, std::vector<core::ReplyPiece>& pieces);

    friend Result<std::vector<core::ReplyPiece>> decode_chat_answer(std::string_view body,
                                                                    std::string secret);

    std::string secret_;
    Utf8Joiner text_;
    std::vector<Call> calls_;
    std::optional<core::StopReason> reason_;
    std::optional<core::Usage> usage_;
    bool refused_ = false;
    bool ended_ = false;
};

/// A whole answer: some servers ignore that a stream was asked for.
Result<std::vector<core::ReplyPiece>> decode_chat_answer(std::string_view body, std::string secret = {});

/// Why a request failed, from the answer's status, headers and the beginning of its body.
Error chat_error(const HttpHead& head, std::string_view body, std::string_view secret = {});

/// An answer that is no Chat Completions at all, e.g. a page for people.
Error not_chat(std::string_view content_type);

/// The same from an `error` object inside a stream that began well.
Error chat_stream_error(const boost::json::object& error, std::string_view secret = {});

}  // namespace boternity::infra
