#include "infra/llm/openai_responses/responses_stream.hpp"

#include "infra/llm/openai_responses/responses_request.hpp"
#include "infra/llm/wire/json_reading.hpp"
#include "infra/llm/wire/upstream_error.hpp"
#include "infra/llm/wire/vendor_text.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>

namespace boternity::infra {

namespace json = boost::json;

namespace {

std::optional<core::Usage> usage_in(const json::object& response) {
    const json::object* usage = object_in(response, "usage");
    if (usage == nullptr) return std::nullopt;
    const auto input = count_in(*usage, "input_tokens");
    const auto output = count_in(*usage, "output_tokens");
    if (!input || !output) return std::nullopt;
    core::Usage out{.input_tokens = *input, .output_tokens = *output};
    if (const json::object* details = object_in(*usage, "input_tokens_details")) {
        out.cache_read_tokens = std::min(count_in(*details, "cached_tokens").value_or(0), *input);
        out.cache_write_tokens =
            std::min(count_in(*details, "cache_write_tokens").value_or(0), *input - out.cache_read_tokens);
    }
    if (const json::object* details = object_in(*usage, "output_tokens_details"))
        out.reasoning_tokens = std::min(count_in(*details, "reasoning_tokens").value_or(0), *output);
    return out;
}

/// The texts of a message's content or of a thought's summary, as they would have come in pieces.
std::string texts_in(const json::object& item, std::string_view list, std::string_view between) {
    std::string out;
    const json::array* parts = array_in(item, list);
    if (parts == nullptr) return out;
    for (const json::value& value : *parts) {
        const json::object* part = value.if_object();
        if (part == nullptr) continue;
        std::string_view text = string_in(*part, "text");
        if (text.empty()) text = string_in(*part, "refusal");
        if (!text.empty()) out += (out.empty() ? "" : std::string(between)) + std::string(text);
    }
    return out;
}

bool has_refusal(const json::object& item) {
    const json::array* parts = array_in(item, "content");
    return parts != nullptr && std::ranges::any_of(*parts, [](const json::value& part) {
               return part.is_object() && string_in(part.get_object(), "type") == "refusal";
           });
}

}  // namespace

Status ResponsesStreamDecoder::take(const SseEvent& event, std::vector<core::ReplyPiece>& pieces) {
    if (ended_ || event.data == "[DONE]") return {};  // some servers close with it, after their end
    const auto value = parse_vendor_json(event.data);
    const json::object* body = value ? value->if_object() : nullptr;
    if (body == nullptr) {
        return fail(unreadable_answer("an event is no JSON object: " + vendor_sentence(event.data, secret_)));
    }
    const std::string_view type = string_in(*body, "type");
    if (type == "error" || event.type == "error" || object_in(*body, "error") != nullptr) {
        const json::object* error = object_in(*body, "error");
        return fail(stream_error(error != nullptr ? *error : *body, secret_));
    }
    if (type == "response.output_item.added" || type == "response.output_item.done") {
        const json::object* content = object_in(*body, "item");
        if (content == nullptr) return {};
        const int number = count_in(*body, "output_index").value_or(static_cast<int>(items_.size()));
        BOT_TRY(item, item_at(number, *content, pieces));
        if (type.ends_with(".done")) end_item(*item, *content, pieces);
    } else if (type.ends_with(".delta")) {
        take_delta(*body, type, pieces);
    } else if (type == "response.completed" || type == "response.incomplete" || type == "response.failed") {
        const json::object* response = object_in(*body, "response");
        if (response == nullptr) return fail(unreadable_answer("an end without its response"));
        return take_response(*response, pieces);
    }
    return {};
}

Result<ResponsesStreamDecoder::Item*> ResponsesStreamDecoder::item_at(int number, const json::object& content,
                                                                      std::vector<core::ReplyPiece>& pieces) {
    const auto [place, added] = items_.try_emplace(number);
    Item& item = place->second;
    if (!added) return &item;
    const std::string_view type = string_in(content, "type");
    if (type == "message") {
        item.kind = Kind::Message;
    } else if (type == "reasoning") {
        item.kind = Kind::Reasoning;
        item.index = thoughts_++;
    } else if (type == "function_call") {
        if (string_in(content, "name").empty()) return fail(unreadable_answer("a tool call without a name"));
        if (ids_.size() >= kMaxCalls) return fail(unreadable_answer("more than 128 tool calls"));
        item.kind = Kind::Call;
        item.index = static_cast<int>(ids_.size());
        pieces.emplace_back(core::ToolCallPiece{.index = item.index,
                                                .id = ids_.take(string_in(content, "call_id")),
                                                .name = std::string(string_in(content, "name"))});
    }
    return &item;
}

void ResponsesStreamDecoder::say(Item& item, std::string text, std::vector<core::ReplyPiece>& pieces) {
    if (text.empty()) return;
    switch (item.kind) {
    case Kind::Message: pieces.emplace_back(core::TextPiece{.text = std::move(text)}); break;
    case Kind::Reasoning:
        pieces.emplace_back(core::ReasoningPiece{.index = item.index, .text = std::move(text)});
        break;
    case Kind::Call:
        pieces.emplace_back(core::ToolCallPiece{.index = item.index, .arguments = std::move(text)});
        break;
    case Kind::Unknown: break;
    }
}

void ResponsesStreamDecoder::take_delta(const json::object& event, std::string_view type,
                                        std::vector<core::ReplyPiece>& pieces) {
    const auto found = items_.find(count_in(event, "output_index").value_or(0));
    if (found == items_.end() || found->second.done) return;
    Item& item = found->second;
    const bool refusal = type == "response.refusal.delta";
    const bool summary = type == "response.reasoning_summary_text.delta";
    const bool fits = (item.kind == Kind::Message && (refusal || type == "response.output_text.delta")) ||
                      (item.kind == Kind::Call && type == "response.function_call_arguments.delta") ||
                      (item.kind == Kind::Reasoning && (summary || type == "response.reasoning_text.delta"));
    if (!fits) return;
    refused_ = refused_ || refusal;
    const int part = count_in(event, summary ? "summary_index" : "content_index").value_or(0);
    if (item.kind == Kind::Reasoning && item.said && part != item.part) say(item, "\n\n", pieces);
    item.part = part;
    item.said = true;
    say(item, item.text.push(string_in(event, "delta")), pieces);
}

void ResponsesStreamDecoder::end_item(Item& item, const json::object& content,
                                      std::vector<core::ReplyPiece>& pieces) {
    if (std::exchange(item.done, true)) return;
    if (!item.said) {
        switch (item.kind) {
        case Kind::Message:
            refused_ = refused_ || has_refusal(content);
            say(item, item.text.push(texts_in(content, "content", "")), pieces);
            break;
        case Kind::Reasoning: say(item, item.text.push(texts_in(content, "summary", "\n\n")), pieces); break;
        case Kind::Call: {
            const std::string_view arguments = string_in(content, "arguments");
            say(item, item.text.push(arguments.empty() ? "{}" : arguments), pieces);
            break;
        }
        case Kind::Unknown: break;
        }
    }
    say(item, item.text.finish(), pieces);
    if (item.kind == Kind::Reasoning) {
        pieces.emplace_back(core::ReasoningPiece{
            .index = item.index,
            .state = {.format = std::string(kResponsesReasoning), .data = json::serialize(content)}});
    }
}

Status ResponsesStreamDecoder::take_response(const json::object& response,
                                             std::vector<core::ReplyPiece>& pieces) {
    if (const json::object* error = object_in(response, "error")) return fail(stream_error(*error, secret_));
    // What was announced by nothing before stands here whole.
    if (const json::array* output = array_in(response, "output")) {
        for (std::size_t i = 0; i < output->size(); ++i) {
            const json::object* content = (*output)[i].if_object();
            if (content == nullptr) continue;
            BOT_TRY(item, item_at(static_cast<int>(i), *content, pieces));
            end_item(*item, *content, pieces);
        }
    }
    usage_ = usage_in(response);
    const std::string_view status = string_in(response, "status");
    if (status == "incomplete") {
        const json::object* details = object_in(response, "incomplete_details");
        const bool filtered = details != nullptr && string_in(*details, "reason") == "content_filter";
        reason_ = filtered ? core::StopReason::Refused : core::StopReason::Length;
    } else if (status == "completed") {
        reason_ = ids_.size() > 0 ? core::StopReason::ToolCalls
                  : refused_      ? core::StopReason::Refused
                                  : core::StopReason::Stop;
    } else {
        return fail(unreadable_answer("status " + vendor_sentence(status, secret_)));
    }
    return finish(pieces);
}

Status ResponsesStreamDecoder::finish(std::vector<core::ReplyPiece>& pieces) {
    if (ended_) return {};
    if (!reason_) return fail(broken_off("the stream ended without a response that ended"));
    for (auto& [number, item] : items_)
        if (!item.done) say(item, item.text.finish(), pieces);
    pieces.emplace_back(core::ReplyEnd{.reason = *reason_, .usage = usage_});
    ended_ = true;
    return {};
}

Status ResponsesStreamDecoder::take_whole(std::string_view body, std::vector<core::ReplyPiece>& pieces) {
    const auto value = parse_vendor_json(body);
    const json::object* response = value ? value->if_object() : nullptr;
    if (response == nullptr) return fail(unreadable_answer("the answer is no JSON object"));
    return take_response(*response, pieces);
}

}  // namespace boternity::infra
