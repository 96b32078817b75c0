#include "infra/llm/anthropic/anthropic_stream.hpp"

#include "infra/llm/anthropic/anthropic_request.hpp"
#include "infra/llm/wire/json_reading.hpp"
#include "infra/llm/wire/upstream_error.hpp"
#include "infra/llm/wire/vendor_text.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <cstdint>
#include <limits>

namespace boternity::infra {

namespace json = boost::json;

Status AnthropicStreamDecoder::take(const SseEvent& event, std::vector<core::ReplyPiece>& pieces) {
    if (ended_) return {};
    BOT_TRY(body, object_in_event(event.data, secret_));
    const std::string_view type = string_in(body, "type");
    if (type == "error" || event.type == "error") {
        const json::object* error = object_in(body, "error");
        return fail(stream_error(error != nullptr ? *error : body, secret_));
    }
    if (type == "message_stop") return finish(pieces);
    if (type == "message_start") {
        if (const json::object* message = object_in(body, "message")) take_usage(*message);
    } else if (type == "message_delta") {
        if (const json::object* delta = object_in(body, "delta")) take_reason(*delta);
        take_usage(body);
    }
    if (reason_) return {};  // nothing is said after the reason to stop
    const int number = count_in(body, "index").value_or(0);
    if (type == "content_block_start") {
        const json::object* content = object_in(body, "content_block");
        return content != nullptr ? begin_block(number, *content, pieces) : Status{};
    }
    const auto block = blocks_.find(number);
    if (block == blocks_.end()) return {};
    if (type == "content_block_delta") {
        if (const json::object* delta = object_in(body, "delta")) take_delta(block->second, *delta, pieces);
    } else if (type == "content_block_stop") {
        end_block(block->second, pieces);
        blocks_.erase(block);
    }
    return {};
}

Status AnthropicStreamDecoder::begin_block(int number, const json::object& content,
                                           std::vector<core::ReplyPiece>& pieces) {
    if (const auto open = blocks_.find(number); open != blocks_.end()) end_block(open->second, pieces);
    Block& block = blocks_.insert_or_assign(number, Block{}).first->second;
    const std::string_view type = string_in(content, "type");
    if (type == "text") {
        block.kind = Kind::Text;
        say(block, block.text.push(string_in(content, "text")), pieces);
    } else if (type == "thinking") {
        block.kind = Kind::Thinking;
        block.index = thoughts_++;
        block.signature = string_in(content, "signature");
        say(block, block.text.push(string_in(content, "thinking")), pieces);
    } else if (type == "redacted_thinking") {
        pieces.emplace_back(core::ReasoningPiece{.index = thoughts_++,
                                                 .state = {.format = std::string(kAnthropicRedacted),
                                                           .data = std::string(string_in(content, "data"))}});
    } else if (type == "tool_use") {
        if (string_in(content, "name").empty()) return fail(unreadable_answer("a tool call without a name"));
        if (ids_.size() >= kMaxCalls) return fail(unreadable_answer("more than 128 tool calls"));
        block.kind = Kind::Call;
        block.index = static_cast<int>(ids_.size());
        // Empty in a stream, where the arguments follow in pieces; whole otherwise.
        const json::object* input = object_in(content, "input");
        if (input != nullptr && !input->empty()) block.whole_input = json::serialize(*input);
        pieces.emplace_back(core::ToolCallPiece{.index = block.index,
                                                .id = ids_.take(string_in(content, "id")),
                                                .name = std::string(string_in(content, "name"))});
    }
    return {};
}

void AnthropicStreamDecoder::take_delta(Block& block, const json::object& delta,
                                        std::vector<core::ReplyPiece>& pieces) {
    const std::string_view type = string_in(delta, "type");
    if (block.kind == Kind::Text && type == "text_delta") {
        say(block, block.text.push(string_in(delta, "text")), pieces);
    } else if (block.kind == Kind::Call && type == "input_json_delta") {
        say(block, block.text.push(string_in(delta, "partial_json")), pieces);
    } else if (block.kind == Kind::Thinking && type == "thinking_delta") {
        say(block, block.text.push(string_in(delta, "thinking")), pieces);
    } else if (block.kind == Kind::Thinking && type == "signature_delta") {
        block.signature += string_in(delta, "signature");
    }
}

void AnthropicStreamDecoder::say(Block& block, std::string text, std::vector<core::ReplyPiece>& pieces) {
    if (text.empty()) return;
    block.empty = false;
    switch (block.kind) {
    case Kind::Text: pieces.emplace_back(core::TextPiece{.text = std::move(text)}); break;
    case Kind::Thinking:
        pieces.emplace_back(core::ReasoningPiece{.index = block.index, .text = std::move(text)});
        break;
    case Kind::Call:
        pieces.emplace_back(core::ToolCallPiece{.index = block.index, .arguments = std::move(text)});
        break;
    case Kind::Unknown: break;
    }
}

void AnthropicStreamDecoder::end_block(Block& block, std::vector<core::ReplyPiece>& pieces) {
    say(block, block.text.finish(), pieces);
    if (block.kind == Kind::Call && block.empty)
        say(block, block.whole_input.empty() ? "{}" : std::move(block.whole_input), pieces);
    // Without its signature a thought would be refused when it is sent back.
    if (block.kind == Kind::Thinking && !block.signature.empty()) {
        pieces.emplace_back(core::ReasoningPiece{
            .index = block.index,
            .state = {.format = std::string(kAnthropicThinking), .data = std::move(block.signature)}});
    }
}

void AnthropicStreamDecoder::take_usage(const json::object& holder) {
    const json::object* usage = object_in(holder, "usage");
    if (usage == nullptr) return;
    const auto keep = [&](std::optional<int>& kept, std::string_view name) {
        if (const auto told = count_in(*usage, name)) kept = told;
    };
    keep(fresh_input_, "input_tokens");
    keep(cache_read_, "cache_read_input_tokens");
    keep(cache_write_, "cache_creation_input_tokens");
    keep(output_, "output_tokens");
    if (const json::object* details = object_in(*usage, "output_tokens_details"))
        if (const auto told = count_in(*details, "thinking_tokens")) reasoning_ = told;
}

std::optional<core::Usage> AnthropicStreamDecoder::usage() const {
    if (!fresh_input_ || !output_) return std::nullopt;
    // What came from the cache or went into it is counted beside the rest here, inside of it with us.
    const std::int64_t input =
        std::int64_t{*fresh_input_} + cache_read_.value_or(0) + cache_write_.value_or(0);
    if (input > std::numeric_limits<int>::max()) return std::nullopt;
    return core::Usage{.input_tokens = static_cast<int>(input),
                       .cache_read_tokens = cache_read_.value_or(0),
                       .cache_write_tokens = cache_write_.value_or(0),
                       .output_tokens = *output_,
                       .reasoning_tokens = std::min(reasoning_.value_or(0), *output_)};
}

void AnthropicStreamDecoder::take_reason(const json::object& holder) {
    const std::string_view reason = string_in(holder, "stop_reason");
    if (reason.empty() || reason_) return;
    if (reason == "max_tokens" || reason == "model_context_window_exceeded") {
        reason_ = core::StopReason::Length;
    } else if (reason == "refusal") {
        reason_ = core::StopReason::Refused;
        if (const json::object* details = object_in(holder, "stop_details")) {
            const std::string_view said = string_in(*details, "explanation");
            why_ = vendor_sentence(said.empty() ? string_in(*details, "category") : said, secret_);
        }
    } else {
        reason_ = ids_.size() > 0 ? core::StopReason::ToolCalls : core::StopReason::Stop;
    }
}

Status AnthropicStreamDecoder::finish(std::vector<core::ReplyPiece>& pieces) {
    if (ended_) return {};
    if (!reason_) return fail(broken_off("the stream ended without a stop_reason"));
    for (auto& [number, block] : blocks_) end_block(block, pieces);
    blocks_.clear();
    pieces.emplace_back(core::ReplyEnd{.reason = *reason_, .usage = usage(), .why = why_});
    ended_ = true;
    return {};
}

Status AnthropicStreamDecoder::take_whole(std::string_view body, std::vector<core::ReplyPiece>& pieces) {
    const auto value = parse_vendor_json(body);
    const json::object* message = value ? value->if_object() : nullptr;
    if (message == nullptr) return fail(unreadable_answer("the answer is no JSON object"));
    if (const json::object* error = object_in(*message, "error")) return fail(stream_error(*error, secret_));
    const json::array* content = array_in(*message, "content");
    if (content == nullptr) return fail(unreadable_answer("an answer without content"));
    for (const json::value& item : *content) {
        if (!item.is_object()) continue;
        BOT_CHECK(begin_block(0, item.get_object(), pieces));
        end_block(blocks_.at(0), pieces);
        blocks_.clear();
    }
    take_usage(*message);
    take_reason(*message);
    return finish(pieces);
}

}  // namespace boternity::infra
