#include "infra/llm/vendors.hpp"
#include "infra/llm/wire/utf8_joiner.hpp"
#include "infra/net/ndjson_reader.hpp"
#include "infra/net/sse_reader.hpp"

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

template <class Reader>
bool read(std::string_view stream, std::size_t step, std::vector<infra::SseEvent>& events) {
    Reader reader;
    for (std::size_t at = 0; at < stream.size(); at += step) {
        if (!reader.feed(stream.substr(at, step), events)) return false;
    }
    if constexpr (requires { reader.finish(events); }) return reader.finish(events).has_value();
    return true;
}

Outcome decode(const infra::RemoteApi& api, std::string_view stream, std::size_t step) {
    Outcome outcome;
    const auto decoder = api.decoder("secret");
    std::vector<infra::SseEvent> events;
    const bool lines = api.traits().framing == infra::Framing::Lines;
    if (!(lines ? read<infra::NdjsonReader>(stream, step, events)
                : read<infra::SseReader>(stream, step, events)))
        return outcome;
    for (const auto& event : events) {
        if (decoder->ended()) break;
        if (!decoder->take(event, outcome.pieces)) return outcome;
    }
    outcome.ok = decoder->ended() || decoder->finish(outcome.pieces).has_value();
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
            if ((text->text.empty() && text->state.format.empty()) || joiner.push(text->text) != text->text ||
                !joiner.finish().empty())
                std::abort();
        } else if (const auto* call = std::get_if<core::ToolCallPiece>(&piece)) {
            if (call->index < 0 || call->index > 128) std::abort();
            if (!call->name.empty()) ++calls;
            if (call->name.empty() != call->id.empty()) std::abort();
        } else if (const auto* thought = std::get_if<core::ReasoningPiece>(&piece)) {
            if (thought->text.empty() && thought->state.format.empty()) std::abort();
        } else {
            ++ends;
        }
    }
    if (outcome.ok != (ends == 1) || calls > 129) std::abort();
}

}  // namespace

/// The first byte chooses the vendor.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const auto& apis = infra::remote_apis();
    const infra::RemoteApi& api = *apis[data[0] % apis.size()];
    const std::string_view text(reinterpret_cast<const char*>(data + 1), size - 1);
    const Outcome whole = decode(api, text, size + 1);
    const Outcome byte_by_byte = decode(api, text, 1);
    if (whole.pieces != byte_by_byte.pieces || whole.ok != byte_by_byte.ok) std::abort();
    check(whole);
    std::vector<core::ReplyPiece> pieces;
    static_cast<void>(api.decoder("secret")->take_whole(text, pieces));
    for (const int status : {200, 400, 401, 429, 500}) {
        const Error error = api.error({.status = status}, text, "secret");
        if (error.message.empty() || error.message.size() > 700) std::abort();
        if (error.message.contains("secret") || error.detail.contains("secret")) std::abort();
    }
    return 0;
}
