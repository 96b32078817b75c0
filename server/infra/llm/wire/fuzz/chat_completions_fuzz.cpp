#include "infra/llm/wire/chat_completions.hpp"
#include "infra/llm/wire/upstream_error.hpp"
#include "infra/llm/wire/vendor_text.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <variant>
#include <vector>

using namespace boternity;

namespace {

struct Outcome {
    std::vector<core::ReplyPiece> pieces;
    bool ok = false;
};

Outcome decode(std::string_view stream, std::size_t step) {
    Outcome outcome;
    infra::SseReader reader;
    infra::ChatStreamDecoder decoder("secret");
    std::vector<infra::SseEvent> events;
    for (std::size_t at = 0; at < stream.size(); at += step) {
        if (!reader.feed(stream.substr(at, step), events)) return outcome;
    }
    for (const auto& event : events) {
        if (!decoder.take(event, outcome.pieces)) return outcome;
    }
    outcome.ok = decoder.finish(outcome.pieces).has_value();
    return outcome;
}

/// Nothing to mend is left, no piece is empty, and pieces of calls begin with their name.
void check(const Outcome& outcome) {
    int ends = 0;
    int calls = 0;
    for (const auto& piece : outcome.pieces) {
        if (ends != 0) std::abort();
        if (const auto* text = std::get_if<core::TextPiece>(&piece)) {
            infra::Utf8Joiner joiner;
            if (text->text.empty() || joiner.push(text->text) != text->text || !joiner.finish().empty())
                std::abort();
        } else if (const auto* call = std::get_if<core::ToolCallPiece>(&piece)) {
            if (call->index < 0 || call->index > 128) std::abort();
            if (!call->name.empty()) ++calls;
            if (call->name.empty() != call->id.empty()) std::abort();
        } else if (const auto* thought = std::get_if<core::ReasoningPiece>(&piece)) {
            if (thought->text.empty() || thought->state.format.empty()) std::abort();
        } else {
            ++ends;
        }
    }
    if (outcome.ok != (ends == 1) || calls > 129) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const Outcome whole = decode(text, size + 1);
    const Outcome byte_by_byte = decode(text, 1);
    if (whole.pieces != byte_by_byte.pieces || whole.ok != byte_by_byte.ok) std::abort();
    check(whole);
    std::vector<core::ReplyPiece> pieces;
    static_cast<void>(infra::ChatStreamDecoder("secret").take_whole(text, pieces));
    for (const int status : {200, 400, 401, 429, 500}) {
        const Error error = infra::upstream_error({.status = status}, text, "secret");
        if (error.message.empty() || error.message.size() > 700) std::abort();
        if (error.message.contains("secret") || error.detail.contains("secret")) std::abort();
    }
    return 0;
}
