#include "infra/llm/openai_responses/responses_stream.hpp"

#include "infra/llm/openai_responses/responses_request.hpp"
#include "infra/llm/wire/json_reading.hpp"
#include "infra/llm/wire/token_usage.hpp"
#include "infra/llm/wire/upstream_error.hpp"
#include "infra/llm/wire/vendor_text.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

namespace boternity::infra {

namespace json = boost::json;

namespace {

/// More than this in one answer are a fault of the server.
constexpr std::size_t kMaxItems = 1'024;

constexpr UsageWords kUsageWords{.input = "input_tokens", .output = "output_tokens"};

/// The texts of parts, each in a paragraph of its own.
std::string paragraphs(const json::object& item, std::string_view list) {
    std::string all;
    const json::array* parts = array_in(item, list);
    if (parts == nullptr) return all;
    for (const json::value& part : *parts) {
        const json::object* object = part.if_object();
        if (object == nullptr || string_in(*object, "text").empty()) continue;
        if (!all.empty()) all += "\n\n";
        all += string_in(*object, "text");
    }
    return all;
}

bool holds_parts(const json::object& item, std::string_view list) noexcept {
    const json::array* parts = array_in(item, list);
    return parts != nullptr && !parts->empty();
}

/// The item as it must be sent back, its fields in their order. The vendor refuses what it does not hide
/// beside what it does, and what it only told of the answer's progress. Empty when no server could make
/// anything of it.
std::string reasoning_state(json::object item) {
    const bool hidden = !string_in(item, "encrypted_content").empty();
    if (!hidden && !holds_parts(item, "content")) return {};
    for (const char* field : {"status", hidden ? "content" : "encrypted_content"}) item.stable_erase(field);
    if (array_in(item, "summary") == nullptr) item["summary"] = json::array{};
    Utf8Joiner whole;
    std::string state = whole.push(json::serialize(item));
    return state + whole.finish();
}

}  // namespace

Status ResponsesStreamDecoder::take(const SseEvent& event, std::vector<core::ReplyPiece>& pieces) {
    if (ended_) return {};
    if (event.data == "[DONE]") return finish(pieces);
    BOT_TRY(body, object_in_event(event.data, secret_));
    const std::string_view told = string_in(body, "type");
    const std::string_view type = told.empty() ? std::string_view(event.type) : told;
    const json::object* error = object_in(body, "error");
    if (error != nullptr || type == "error" || event.type == "error")
        return fail(stream_error(error != nullptr ? *error : body, secret_));
    return take_event(type, body, pieces);
}

Status ResponsesStreamDecoder::take_event(std::string_view type, const json::object& event,
                                          std::vector<core::ReplyPiece>& pieces) {
    if (!type.starts_with("response.")) return {};
    type.remove_prefix(std::string_view("response.").size());
    if (type == "completed" || type == "incomplete" || type == "failed") {
        const json::object* response = object_in(event, "response");
        if (response == nullptr) return fail(unreadable_answer("an end without a response"));
        return take_end(*response, pieces);
    }
    if (type.ends_with(".delta")) return take_delta(type.substr(0, type.size() - 6), event, pieces);
    const json::object* item = object_in(event, "item");
    if (item == nullptr) return {};
    if (type == "output_item.added") {
        BOT_TRY(begun, begin_item(event, *item, pieces));
        static_cast<void>(begun);
    } else if (type == "output_item.done") {
        Item* known = item_of(event, string_in(*item, "id"), Kind::Other);
        if (known == nullptr) {
            BOT_TRY(begun, begin_item(event, *item, pieces));
            known = begun;
        }
        end_item(*known, *item, pieces);
    }
    return {};
}

Status ResponsesStreamDecoder::take_delta(std::string_view what, const json::object& event,
                                          std::vector<core::ReplyPiece>& pieces) {
    const bool summary = what == "reasoning_summary_text";
    const Kind kind = what == "output_text" || what == "refusal" ? Kind::Message
                      : what == "function_call_arguments"        ? Kind::Call
                      : summary || what == "reasoning_text"      ? Kind::Reasoning
                                                                 : Kind::Other;
    if (kind == Kind::Other) return {};
    Item* item = item_of(event, string_in(event, "item_id"), kind);
    if (item == nullptr) {
        // The arguments of nobody's call are of no use; a text says itself what it is.
        if (kind == Kind::Call) return fail(unreadable_answer("arguments of a call that did not begin"));
        json::object untold{{"type", kind == Kind::Message ? "message" : "reasoning"}};
        if (const json::value* id = event.if_contains("item_id")) untold["id"] = *id;
        BOT_TRY(begun, begin_item(event, untold, pieces));
        item = begun;
    }
    if (item->done) return {};
    const std::string_view text = string_in(event, "delta");
    refused_ = refused_ || what == "refusal";
    if (kind == Kind::Reasoning) {
        // One that tells both tells the same twice.
        if (item->source.empty()) item->source = summary ? "summary" : "text";
        if ((item->source == "summary") != summary) return {};
        const auto part = count_in(event, summary ? "summary_index" : "content_index").value_or(0);
        if (part > item->part && item->said) say(*item, "\n\n", pieces);
        item->part = part;
    }
    say(*item, item->text.push(text), pieces);
    return {};
}

Status ResponsesStreamDecoder::take_end(const json::object& response, std::vector<core::ReplyPiece>& pieces) {
    if (items_.empty()) BOT_CHECK(take_output(response, pieces));
    BOT_CHECK(take_status(response));
    usage_ = usage_in(response, kUsageWords);
    return finish(pieces);
}

Status ResponsesStreamDecoder::take_status(const json::object& response) {
    if (const json::object* error = object_in(response, "error")) return fail(stream_error(*error, secret_));
    const std::string_view status = string_in(response, "status");
    if (status == "incomplete") {
        const json::object* details = object_in(response, "incomplete_details");
        const std::string_view reason = details == nullptr ? "" : string_in(*details, "reason");
        if (reason == "max_output_tokens" || reason == "max_tokens") {
            reason_ = core::StopReason::Length;
        } else if (reason == "content_filter") {
            reason_ = core::StopReason::Refused;
        } else {
            return fail(broken_off("an answer incomplete because of " + vendor_sentence(reason, secret_)));
        }
    } else if (status == "completed") {
        reason_ = ids_.size() > 0 ? core::StopReason::ToolCalls
                  : refused_      ? core::StopReason::Refused
                                  : core::StopReason::Stop;
    } else if (status == "failed") {
        return fail(stream_error({}, secret_));
    } else {
        return fail(broken_off("an answer of status " + vendor_sentence(status, secret_)));
    }
    return {};
}

Result<ResponsesStreamDecoder::Item*>
ResponsesStreamDecoder::begin_item(const json::object& event, const json::object& item,
                                   std::vector<core::ReplyPiece>& pieces) {
    if (items_.size() >= kMaxItems) return fail(unreadable_answer("more than 1024 items"));
    Item& begun = items_.emplace_back(
        Item{.id = std::string(string_in(item, "id")), .place = count_in(event, "output_index")});
    const std::string_view type = string_in(item, "type");
    if (type == "message") {
        begun.kind = Kind::Message;
    } else if (type == "reasoning") {
        begun.kind = Kind::Reasoning;
        begun.index = thoughts_++;
    } else if (type == "function_call") {
        if (string_in(item, "name").empty()) return fail(unreadable_answer("a tool call without a name"));
        if (ids_.size() >= kMaxCalls) return fail(unreadable_answer("more than 128 tool calls"));
        begun.kind = Kind::Call;
        begun.index = static_cast<int>(ids_.size());
        pieces.emplace_back(core::ToolCallPiece{.index = begun.index,
                                                .id = ids_.take(string_in(item, "call_id")),
                                                .name = std::string(string_in(item, "name"))});
    }
    return &begun;
}

ResponsesStreamDecoder::Item* ResponsesStreamDecoder::item_of(const json::object& event, std::string_view id,
                                                              Kind kind) noexcept {
    const auto place = count_in(event, "output_index");
    const auto fits = [&](const Item& item) { return kind == Kind::Other || item.kind == kind; };
    // Some servers give an item another id in each event, others one place or one id to all: the newest that
    // is not whole yet is meant.
    for (const bool by_id : {true, false}) {
        for (auto item = items_.rbegin(); item != items_.rend(); ++item) {
            if (!fits(*item)) continue;
            const bool elsewhere = place && item->place && place != item->place;
            if (by_id && !id.empty() && item->id == id && !elsewhere) return &*item;
            if (!by_id && place && item->place == place && !item->done) return &*item;
        }
    }
    if (!place && id.empty() && kind != Kind::Other && !items_.empty() && fits(items_.back()))
        return &items_.back();
    return nullptr;
}

void ResponsesStreamDecoder::say(Item& item, std::string text, std::vector<core::ReplyPiece>& pieces) {
    if (text.empty()) return;
    item.said = true;
    switch (item.kind) {
    case Kind::Message: pieces.emplace_back(core::TextPiece{.text = std::move(text)}); break;
    case Kind::Reasoning:
        pieces.emplace_back(core::ReasoningPiece{.index = item.index, .text = std::move(text)});
        break;
    case Kind::Call:
        pieces.emplace_back(core::ToolCallPiece{.index = item.index, .arguments = std::move(text)});
        break;
    case Kind::Other: break;
    }
}

void ResponsesStreamDecoder::end_item(Item& known, const json::object& item,
                                      std::vector<core::ReplyPiece>& pieces) {
    if (std::exchange(known.done, true)) return;
    say(known, known.text.finish(), pieces);
    if (known.kind == Kind::Message) end_message(known, item, pieces);
    if (known.kind == Kind::Reasoning) end_reasoning(known, item, pieces);
    if (known.kind == Kind::Call && !known.said) {
        const std::string_view whole = string_in(item, "arguments");
        say(known, whole.empty() ? "{}" : std::string(whole), pieces);
    }
}

void ResponsesStreamDecoder::end_message(Item& known, const json::object& item,
                                         std::vector<core::ReplyPiece>& pieces) {
    const json::array* parts = array_in(item, "content");
    if (!known.said && parts != nullptr) {
        for (const json::value& part : *parts) {
            const json::object* object = part.if_object();
            if (object == nullptr) continue;
            const bool refusal = string_in(*object, "type") == "refusal";
            refused_ = refused_ || refusal;
            const std::string_view text = string_in(*object, refusal ? "refusal" : "text");
            say(known, known.text.push(text) + known.text.finish(), pieces);
        }
    }
    // Whether it was said on the way or is the answer; newer models want to be told again.
    if (const std::string_view phase = string_in(item, "phase"); !phase.empty() && known.said) {
        pieces.emplace_back(
            core::TextPiece{.state = {.format = std::string(kResponsesPhase), .data = std::string(phase)}});
    }
}

void ResponsesStreamDecoder::end_reasoning(Item& known, const json::object& item,
                                           std::vector<core::ReplyPiece>& pieces) {
    if (!known.said) {
        const bool summary = holds_parts(item, "summary");
        say(known, known.text.push(paragraphs(item, summary ? "summary" : "content")) + known.text.finish(),
            pieces);
    }
    if (std::string state = reasoning_state(item); !state.empty()) {
        pieces.emplace_back(core::ReasoningPiece{
            .index = known.index,
            .state = {.format = std::string(kResponsesReasoning), .data = std::move(state)}});
    }
}

Status ResponsesStreamDecoder::take_output(const json::object& response,
                                           std::vector<core::ReplyPiece>& pieces) {
    const json::array* output = array_in(response, "output");
    if (output == nullptr) return {};
    for (const json::value& value : *output) {
        const json::object* item = value.if_object();
        if (item == nullptr) continue;
        BOT_TRY(begun, begin_item({}, *item, pieces));
        end_item(*begun, *item, pieces);
    }
    return {};
}

Status ResponsesStreamDecoder::finish(std::vector<core::ReplyPiece>& pieces) {
    if (ended_) return {};
    if (!reason_) return fail(broken_off("the stream ended without response.completed"));
    for (Item& item : items_) end_item(item, {}, pieces);
    pieces.emplace_back(core::ReplyEnd{.reason = *reason_, .usage = usage_});
    ended_ = true;
    return {};
}

Status ResponsesStreamDecoder::take_whole(std::string_view body, std::vector<core::ReplyPiece>& pieces) {
    const auto value = parse_vendor_json(body);
    const json::object* response = value ? value->if_object() : nullptr;
    if (response == nullptr) return fail(unreadable_answer("the answer is no JSON object"));
    if (array_in(*response, "output") == nullptr && object_in(*response, "error") == nullptr)
        return fail(unreadable_answer("an answer without output"));
    return take_end(*response, pieces);
}

}  // namespace boternity::infra
