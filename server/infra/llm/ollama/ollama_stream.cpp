#include "infra/llm/ollama/ollama_stream.hpp"

#include "infra/llm/ollama/ollama_request.hpp"
#include "infra/llm/wire/json_reading.hpp"
#include "infra/llm/wire/upstream_error.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

namespace boternity::infra {

namespace json = boost::json;

namespace {

bool is_done(const json::object& line) {
    const json::value* done = line.if_contains("done");
    return done != nullptr && done->is_bool() && done->get_bool();
}

/// An object as a rule; some servers say it as text, as in Chat Completions.
std::string arguments_in(const json::object& function) {
    const json::value* arguments = function.if_contains("arguments");
    if (arguments == nullptr || arguments->is_null()) return "{}";
    const json::string* text = arguments->if_string();
    std::string said = text ? std::string(*text) : json::serialize(*arguments);
    return said.empty() ? "{}" : whole_characters(said);
}

/// The count of the prompt is missing when all of it came from the cache: then there is no usage that can be
/// believed, and it is estimated.
std::optional<core::Usage> usage_in(const json::object& line) {
    const auto input = count_in(line, "prompt_eval_count");
    const auto output = count_in(line, "eval_count");
    if (!input || !output) return std::nullopt;
    return core::Usage{.input_tokens = *input, .output_tokens = *output};
}

}  // namespace

Status OllamaStreamDecoder::take(const SseEvent& event, std::vector<core::ReplyPiece>& pieces) {
    if (ended_) return {};
    BOT_TRY(line, object_in_event(event.data, secret_));
    if (const json::value* error = line.if_contains("error"); error != nullptr && !error->is_null()) {
        const json::object* object = error->if_object();
        return fail(stream_error(object != nullptr ? *object : line, secret_));
    }
    if (const json::object* message = object_in(line, "message")) BOT_CHECK(take_message(*message, pieces));
    return is_done(line) ? take_end(line, pieces) : Status{};
}

Status OllamaStreamDecoder::take_message(const json::object& message, std::vector<core::ReplyPiece>& pieces) {
    if (std::string thought = thought_.push(string_in(message, "thinking")); !thought.empty()) {
        core::ProviderState state;
        if (!std::exchange(thinking_, true)) state.format = std::string(kOllamaThinking);
        pieces.emplace_back(
            core::ReasoningPiece{.index = thoughts_, .text = std::move(thought), .state = std::move(state)});
    }
    if (std::string text = text_.push(string_in(message, "content")); !text.empty()) {
        end_thought(pieces);
        pieces.emplace_back(core::TextPiece{.text = std::move(text)});
    }
    const json::array* calls = array_in(message, "tool_calls");
    if (calls == nullptr) return {};
    for (const json::value& value : *calls) {
        const json::object* call = value.if_object();
        const json::object* function = call == nullptr ? nullptr : object_in(*call, "function");
        if (function == nullptr || string_in(*function, "name").empty())
            return fail(unreadable_answer("a tool call without a name"));
        if (ids_.size() >= kMaxCalls) return fail(unreadable_answer("more than 128 tool calls"));
        const int index = static_cast<int>(ids_.size());
        // Many versions give no ids.
        pieces.emplace_back(core::ToolCallPiece{.index = index,
                                                .id = ids_.take(string_in(*call, "id")),
                                                .name = std::string(string_in(*function, "name")),
                                                .arguments = arguments_in(*function)});
    }
    return {};
}

void OllamaStreamDecoder::end_thought(std::vector<core::ReplyPiece>& pieces) {
    if (std::string rest = thought_.finish(); !rest.empty())
        pieces.emplace_back(core::ReasoningPiece{.index = thoughts_, .text = std::move(rest)});
    if (std::exchange(thinking_, false)) ++thoughts_;
}

Status OllamaStreamDecoder::take_end(const json::object& line, std::vector<core::ReplyPiece>& pieces) {
    const std::string_view reason = string_in(line, "done_reason");
    if (reason == "load" || reason == "unload") {
        return fail(Error{.code = ErrorCode::UpstreamFailed,
                          .message = "The provider " + std::string(reason) +
                                     "ed the model and said nothing; try again."});
    }
    end_thought(pieces);
    if (std::string rest = text_.finish(); !rest.empty())
        pieces.emplace_back(core::TextPiece{.text = std::move(rest)});
    const auto stop = reason == "length" ? core::StopReason::Length
                      : ids_.size() > 0  ? core::StopReason::ToolCalls
                                         : core::StopReason::Stop;
    pieces.emplace_back(core::ReplyEnd{.reason = stop, .usage = usage_in(line)});
    ended_ = true;
    return {};
}

Status OllamaStreamDecoder::finish(std::vector<core::ReplyPiece>&) {
    if (ended_) return {};
    return fail(broken_off("the stream ended without done"));
}

Status OllamaStreamDecoder::take_whole(std::string_view body, std::vector<core::ReplyPiece>& pieces) {
    BOT_CHECK(take({.data = std::string(body)}, pieces));
    return finish(pieces);
}

}  // namespace boternity::infra
