#include "infra/llm/wire/chat_completions.hpp"
#include "infra/llm/wire/json_reading.hpp"
#include "infra/llm/wire/token_usage.hpp"
#include "infra/llm/wire/upstream_error.hpp"
#include "infra/llm/wire/vendor_text.hpp"

#include <boost/json/array.hpp>

#include <algorithm>
#include <iterator>
#include <utility>

namespace boternity::infra {

namespace json = boost::json;

namespace {

constexpr UsageWords kUsageWords{.input = "prompt_tokens", .output = "completion_tokens"};

/// The first choice: others are never asked for.
const json::object* first_choice(const json::object& body) noexcept {
    const json::array* choices = array_in(body, "choices");
    if (choices == nullptr) return nullptr;
    for (const json::value& choice : *choices) {
        const json::object* object = choice.if_object();
        if (object != nullptr && count_in(*object, "index").value_or(0) == 0) return object;
    }
    return nullptr;
}

}  // namespace

Status ChatStreamDecoder::take(const SseEvent& event, std::vector<core::ReplyPiece>& pieces) {
    if (ended_) return {};
    if (event.data == "[DONE]") return finish(pieces);
    BOT_TRY(body, object_in_event(event.data, secret_));
    if (const json::value* error = body.if_contains("error"); error != nullptr && !error->is_null()) {
        const json::object* object = error->if_object();
        return fail(stream_error(object != nullptr ? *object : body, secret_));
    }
    if (event.type == "error") return fail(stream_error(body, secret_));
    if (auto usage = usage_in(body, kUsageWords)) usage_ = usage;
    const json::object* choice = first_choice(body);
    if (choice == nullptr) return {};
    return take_choice(*choice, pieces);
}

Status ChatStreamDecoder::take_choice(const json::object& choice, std::vector<core::ReplyPiece>& pieces) {
    // Nothing is said after the end; some servers repeat an empty delta there.
    const json::object* delta = reason_ ? nullptr : object_in(choice, "delta");
    if (delta != nullptr) {
        take_content(*delta, pieces);
        take_calls(*delta, pieces);
        if (calls_.size() > kMaxCalls) return fail(unreadable_answer("more than 128 tool calls"));
    }
    if (auto usage = usage_in(choice, kUsageWords)) usage_ = usage;  // where one or two servers put it
    return take_reason(string_in(choice, "finish_reason"));
}

void ChatStreamDecoder::take_text(std::string_view text, std::vector<core::ReplyPiece>& pieces) {
    std::string whole = text_.push(text);
    if (!whole.empty()) pieces.emplace_back(core::TextPiece{.text = std::move(whole)});
}

void ChatStreamDecoder::take_reasoning(const json::object& message, std::vector<core::ReplyPiece>& pieces) {
    // DeepSeek and older vLLM; OpenRouter, Groq and newer vLLM. One that says both says the same twice.
    for (const std::string_view field : {"reasoning_content", "reasoning"}) {
        const std::string_view text = string_in(message, field);
        if (text.empty() || (!reasoning_field_.empty() && reasoning_field_ != field)) continue;
        reasoning_field_ = field;
        std::string whole = reasoning_.push(text);
        if (whole.empty()) continue;
        pieces.emplace_back(core::ReasoningPiece{
            .text = std::move(whole),
            .state = {.format = std::string(kChatReasoning), .data = std::string(field)}});
    }
}

void ChatStreamDecoder::take_content(const json::object& message, std::vector<core::ReplyPiece>& pieces) {
    take_reasoning(message, pieces);
    take_text(string_in(message, "content"), pieces);
    if (const json::array* parts = array_in(message, "content")) {
        for (const json::value& part : *parts) {
            const json::object* object = part.if_object();
            if (object != nullptr && string_in(*object, "type") == "text") {
                take_text(string_in(*object, "text"), pieces);
            }
        }
    }
    if (const std::string_view refusal = string_in(message, "refusal"); !refusal.empty()) {
        refused_ = true;
        take_text(refusal, pieces);
    }
}

void ChatStreamDecoder::take_calls(const json::object& message, std::vector<core::ReplyPiece>& pieces) {
    const json::array* parts = array_in(message, "tool_calls");
    if (parts == nullptr) return;
    for (std::size_t position = 0; position < parts->size(); ++position) {
        const json::object* part = (*parts)[position].if_object();
        const json::object* function = part == nullptr ? nullptr : object_in(*part, "function");
        if (function == nullptr || calls_.size() > kMaxCalls) continue;
        Call& call = call_for(*part, position);
        std::string arguments = call.arguments.push(string_in(*function, "arguments"));
        if (!call.begun) {
            call.name = string_in(*function, "name");
            call.early += arguments;
            if (call.name.empty()) continue;
            call.begun = true;
            arguments = std::exchange(call.early, {});
        } else if (arguments.empty()) {
            continue;  // the name or the id again
        } else {
            pieces.emplace_back(core::ToolCallPiece{.index = static_cast<int>(&call - calls_.data()),
                                                    .arguments = std::move(arguments)});
            continue;
        }
        pieces.emplace_back(core::ToolCallPiece{.index = static_cast<int>(&call - calls_.data()),
                                                .id = call.id,
                                                .name = call.name,
                                                .arguments = std::move(arguments)});
    }
}

ChatStreamDecoder::Call& ChatStreamDecoder::call_for(const json::object& part, std::size_t position) {
    const std::string_view id = string_in(part, "id");
    const json::object* function = object_in(part, "function");
    const bool names = function != nullptr && !string_in(*function, "name").empty();
    const auto told = count_in(part, "index");
    // A server that numbers nothing sends each call whole, one after the other or side by side.
    const std::int64_t wire_index = told ? *told
                                    : (id.empty() && !names && !calls_.empty())
                                        ? calls_.back().wire_index
                                        : static_cast<std::int64_t>(position);
    // The newest first: a server that gives each call the same number goes on with the last.
    const auto known = std::find_if(calls_.rbegin(), calls_.rend(),
                                    [&](const Call& call) { return call.wire_index == wire_index; });
    const bool another =
        known != calls_.rend() && names && known->begun && !id.empty() && id != known->wire_id;
    const bool unnumbered_again = known != calls_.rend() && !told && names && known->begun;
    if (known != calls_.rend() && !another && !unnumbered_again) return *known;
    Call call{.wire_id = std::string(id), .wire_index = wire_index};
    call.id = ids_.take(id);
    calls_.push_back(std::move(call));
    return calls_.back();
}

Status ChatStreamDecoder::take_reason(std::string_view reason) {
    if (reason.empty() || reason_) return {};
    if (reason == "error" || reason == "insufficient_system_resource") {
        return fail(unreadable_answer("finish_reason " + vendor_sentence(reason, secret_)));
    }
    if (reason == "length" || reason == "max_tokens") {
        reason_ = core::StopReason::Length;
    } else if (reason == "content_filter") {
        reason_ = core::StopReason::Refused;
    } else if (!calls_.empty()) {  // some servers say "stop" even so
        reason_ = core::StopReason::ToolCalls;
    } else {
        reason_ = refused_ ? core::StopReason::Refused : core::StopReason::Stop;
    }
    return {};
}

Status ChatStreamDecoder::finish(std::vector<core::ReplyPiece>& pieces) {
    if (ended_) return {};
    if (!reason_) {
        return fail(broken_off("the stream ended without a finish_reason"));
    }
    if (std::ranges::any_of(calls_, [](const Call& call) { return !call.begun; })) {
        return fail(unreadable_answer("a tool call without a name"));
    }
    if (std::string rest = reasoning_.finish(); !rest.empty()) {
        pieces.emplace_back(core::ReasoningPiece{
            .text = std::move(rest),
            .state = {.format = std::string(kChatReasoning), .data = std::string(reasoning_field_)}});
    }
    if (std::string rest = text_.finish(); !rest.empty())
        pieces.emplace_back(core::TextPiece{.text = std::move(rest)});
    pieces.emplace_back(core::ReplyEnd{.reason = *reason_, .usage = usage_});
    ended_ = true;
    return {};
}

Status ChatStreamDecoder::take_whole(std::string_view body, std::vector<core::ReplyPiece>& pieces) {
    const auto value = parse_vendor_json(body);
    const json::object* object = value ? value->if_object() : nullptr;
    if (object == nullptr) return fail(unreadable_answer("the answer is no JSON object"));
    if (const json::object* error = object_in(*object, "error")) return fail(stream_error(*error, secret_));
    usage_ = usage_in(*object, kUsageWords);
    const json::object* choice = first_choice(*object);
    const json::object* message = choice == nullptr ? nullptr : object_in(*choice, "message");
    if (message == nullptr) return fail(unreadable_answer("an answer without a message"));
    take_content(*message, pieces);
    take_calls(*message, pieces);
    if (calls_.size() > kMaxCalls) return fail(unreadable_answer("more than 128 tool calls"));
    BOT_CHECK(take_reason(string_in(*choice, "finish_reason")));
    return finish(pieces);
}

}  // namespace boternity::infra
