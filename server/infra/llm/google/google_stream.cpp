#include "infra/llm/google/google_stream.hpp"

#include "infra/llm/google/google_error.hpp"
#include "infra/llm/google/google_request.hpp"
#include "infra/llm/wire/json_reading.hpp"
#include "infra/llm/wire/upstream_error.hpp"
#include "infra/llm/wire/vendor_text.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>

namespace boternity::infra {

namespace json = boost::json;

namespace {

core::ProviderState state_of(const json::object& part) {
    return {.format = std::string(kGeminiSignature),
            .data = std::string(string_in(part, "thoughtSignature"))};
}

bool is_thought(const json::object& part) {
    const json::value* thought = part.if_contains("thought");
    return thought != nullptr && thought->is_bool() && thought->get_bool();
}

/// Thoughts stand beside the answer here and inside of it with us.
std::optional<core::Usage> usage_in(const json::object& chunk) {
    const json::object* usage = object_in(chunk, "usageMetadata");
    if (usage == nullptr) return std::nullopt;
    const auto count = [&](std::string_view name) { return count_in(*usage, name).value_or(0); };
    if (!count_in(*usage, "promptTokenCount")) return std::nullopt;
    const std::int64_t input = std::int64_t{count("promptTokenCount")} + count("toolUsePromptTokenCount");
    const std::int64_t output = std::int64_t{count("candidatesTokenCount")} + count("thoughtsTokenCount");
    if (std::max(input, output) > std::numeric_limits<int>::max()) return std::nullopt;
    return core::Usage{.input_tokens = static_cast<int>(input),
                       .cache_read_tokens =
                           std::min(count("cachedContentTokenCount"), static_cast<int>(input)),
                       .output_tokens = static_cast<int>(output),
                       .reasoning_tokens = count("thoughtsTokenCount")};
}

bool is_one_of(std::string_view word, std::initializer_list<std::string_view> words) {
    return std::ranges::find(words, word) != words.end();
}

}  // namespace

Status GoogleStreamDecoder::take(const SseEvent& event, std::vector<core::ReplyPiece>& pieces) {
    if (ended_) return {};
    if (event.data == "[DONE]") return finish(pieces);  // by gateways that speak several formats
    BOT_TRY(chunk, object_in_event(event.data, secret_));
    return take_chunk(chunk, pieces);
}

Status GoogleStreamDecoder::take_chunk(const json::object& chunk, std::vector<core::ReplyPiece>& pieces) {
    if (const json::object* error = object_in(chunk, "error"))
        return fail(google_stream_error(*error, secret_));
    if (auto usage = usage_in(chunk)) usage_ = usage;
    if (const json::object* feedback = object_in(chunk, "promptFeedback")) {
        const std::string_view reason = string_in(*feedback, "blockReason");
        const std::string_view message = string_in(*feedback, "blockReasonMessage");
        if (!reason.empty()) refuse(message.empty() ? reason : message);
    }
    const json::array* candidates = array_in(chunk, "candidates");
    if (candidates == nullptr || candidates->empty() || reason_) return {};
    const auto first = std::ranges::find_if(*candidates, [](const json::value& each) {
        return each.is_object() && count_in(each.get_object(), "index").value_or(0) == 0;
    });
    if (first == candidates->end()) return {};  // others are never asked for
    const json::object* candidate = &first->get_object();
    ids_.name_answer(string_in(chunk, "responseId"));
    const json::object* content = object_in(*candidate, "content");
    const json::array* parts = content == nullptr ? nullptr : array_in(*content, "parts");
    if (parts != nullptr) {
        for (const json::value& part : *parts)
            if (part.is_object()) BOT_CHECK(take_part(part.get_object(), pieces));
    }
    return take_reason(*candidate);
}

Status GoogleStreamDecoder::take_part(const json::object& part, std::vector<core::ReplyPiece>& pieces) {
    const bool thought = is_thought(part);
    core::ProviderState state = state_of(part);
    if (const json::object* call = object_in(part, "functionCall")) {
        flush(pieces);
        if (string_in(*call, "name").empty()) return fail(unreadable_answer("a tool call without a name"));
        if (ids_.size() >= kMaxCalls) return fail(unreadable_answer("more than 128 tool calls"));
        const json::value* args = call->if_contains("args");
        if (args != nullptr && !args->is_object())
            return fail(unreadable_answer("a call whose args are no object"));
        const int index = static_cast<int>(ids_.size());
        if (state.data.empty()) state = {};
        pieces.emplace_back(core::ToolCallPiece{
            .index = index,
            .id = ids_.take(string_in(*call, "id")),
            .name = std::string(string_in(*call, "name")),
            .arguments = args != nullptr ? whole_characters(json::serialize(*args)) : "{}",
            .state = std::move(state)});
    } else if (thought) {
        if (!thinking_) flush(pieces);
        // The first piece says whose the thought is; a signature must not be covered by a later piece.
        if (std::exchange(thinking_, true) && state.data.empty()) state = {};
        std::string text = thought_.push(string_in(part, "text"));
        if (!text.empty() || !state.format.empty()) {
            const bool closed = !state.data.empty();  // what is thought behind a signature is another thought
            pieces.emplace_back(
                core::ReasoningPiece{.index = thoughts_, .text = std::move(text), .state = std::move(state)});
            if (closed) flush(pieces);
        }
    } else if (part.contains("text")) {
        if (thinking_) flush(pieces);
        std::string text = text_.push(string_in(part, "text"));
        if (state.data.empty()) state = {};
        // A signature may come alone, behind the text.
        if (!text.empty() || !state.format.empty())
            pieces.emplace_back(core::TextPiece{.text = std::move(text), .state = std::move(state)});
    }
    return {};
}

void GoogleStreamDecoder::flush(std::vector<core::ReplyPiece>& pieces) {
    if (std::string rest = thought_.finish(); !rest.empty()) {
        pieces.emplace_back(core::ReasoningPiece{.index = thoughts_, .text = std::move(rest)});
    }
    if (std::exchange(thinking_, false)) ++thoughts_;
    if (std::string rest = text_.finish(); !rest.empty())
        pieces.emplace_back(core::TextPiece{.text = std::move(rest)});
}

void GoogleStreamDecoder::refuse(std::string_view why) {
    reason_ = core::StopReason::Refused;
    why_ = vendor_sentence(why, secret_);
}

Status GoogleStreamDecoder::take_reason(const json::object& candidate) {
    const std::string_view reason = string_in(candidate, "finishReason");
    if (reason.empty() || reason == "FINISH_REASON_UNSPECIFIED") return {};
    if (reason == "MAX_TOKENS") {
        reason_ = core::StopReason::Length;
    } else if (is_one_of(reason, {"SAFETY", "RECITATION", "LANGUAGE", "BLOCKLIST", "PROHIBITED_CONTENT",
                                  "SPII", "IMAGE_SAFETY", "IMAGE_PROHIBITED_CONTENT", "IMAGE_RECITATION"})) {
        const std::string_view message = string_in(candidate, "finishMessage");
        refuse(message.empty() ? reason : message);
    } else if (is_one_of(reason, {"MALFORMED_FUNCTION_CALL", "UNEXPECTED_TOOL_CALL", "TOO_MANY_TOOL_CALLS",
                                  "MALFORMED_RESPONSE", "MISSING_THOUGHT_SIGNATURE", "OTHER"})) {
        return fail(unreadable_answer("finishReason " + std::string(reason)));
    } else {
        reason_ = ids_.size() > 0 ? core::StopReason::ToolCalls : core::StopReason::Stop;
    }
    return {};
}

Status GoogleStreamDecoder::finish(std::vector<core::ReplyPiece>& pieces) {
    if (ended_) return {};
    if (!reason_) return fail(broken_off("the stream ended without a finishReason"));
    flush(pieces);
    pieces.emplace_back(core::ReplyEnd{.reason = *reason_, .usage = usage_, .why = why_});
    ended_ = true;
    return {};
}

Status GoogleStreamDecoder::take_whole(std::string_view body, std::vector<core::ReplyPiece>& pieces) {
    const auto value = parse_vendor_json(body);
    if (!value) return fail(unreadable_answer("the answer is no JSON"));
    if (const json::object* answer = value->if_object()) {
        BOT_CHECK(take_chunk(*answer, pieces));
        return finish(pieces);
    }
    // Without alt=sse the stream is a list of its chunks.
    const json::array* chunks = value->if_array();
    if (chunks == nullptr) return fail(unreadable_answer("the answer is no JSON object"));
    for (const json::value& chunk : *chunks)
        if (chunk.is_object()) BOT_CHECK(take_chunk(chunk.get_object(), pieces));
    return finish(pieces);
}

}  // namespace boternity::infra
