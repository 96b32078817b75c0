#include "testing/fake_chat_answer.hpp"

#include <boost/crc.hpp>

#include <algorithm>
#include <array>
#include <cstdint>

namespace boternity::testing {
namespace {

constexpr std::string_view kStory =
    "The sea is wide and deep and it never rests. Far below the waves live fish that no one has seen, and "
    "above them "
    "ships go from shore to shore. Old people say that it hears every word and keeps it, and young people "
    "laugh and "
    "swim in it until the sun goes down and the lights of the harbour come on one by one.";

bool continues(char byte) noexcept {
    return (static_cast<unsigned char>(byte) & 0xc0) == 0x80;
}

/// A JSON string of any bytes, also of half a character.
std::string json_text(std::string_view bytes) {
    constexpr std::string_view hex = "0123456789abcdef";
    std::string out = "\"";
    for (const char c : bytes) {
        const auto code = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (code < 0x20) {
            out += "\\u00";
            out += hex[code >> 4];
            out += hex[code & 15];
        } else {
            out += c;
        }
    }
    return out + "\"";
}

std::vector<std::string_view> cut(std::string_view text, std::size_t bytes, bool inside_characters) {
    std::vector<std::string_view> parts;
    while (!text.empty()) {
        std::size_t length = std::min(std::max<std::size_t>(bytes, 1), text.size());
        while (!inside_characters && length < text.size() && continues(text[length])) ++length;
        parts.push_back(text.substr(0, length));
        text.remove_prefix(length);
    }
    return parts;
}

std::string usage_json(const std::optional<core::Usage>& usage) {
    if (!usage) return "null";
    const int total = usage->input_tokens + usage->output_tokens;
    return R"({"prompt_tokens":)" + std::to_string(usage->input_tokens) + R"(,"completion_tokens":)" +
           std::to_string(usage->output_tokens) + R"(,"total_tokens":)" + std::to_string(total) +
           R"(,"prompt_tokens_details":{"cached_tokens":)" + std::to_string(usage->cache_read_tokens) + "}}";
}

std::string chunk(const std::string& choices, const std::string& usage = "null") {
    return R"({"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"fake","choices":[)" +
           choices + R"(],"usage":)" + usage + R"(,"obfuscation":"abc"})";
}

std::string delta(const std::string& fields, const std::string& reason = "null") {
    return chunk(R"({"index":0,"delta":{)" + fields + R"(},"logprobs":null,"finish_reason":)" + reason + "}");
}

std::string function_json(const core::ToolCall& call, std::string_view arguments) {
    return R"("function":{"name":)" + json_text(call.name) + R"(,"arguments":)" + json_text(arguments) + "}";
}

void append_call(std::size_t index, const core::ToolCall& call, const UpstreamAnswer& answer,
                 std::vector<std::string>& chunks) {
    const std::string number = std::to_string(index);
    chunks.push_back(delta(R"("tool_calls":[{"index":)" + number + R"(,"id":)" + json_text(call.id) +
                           R"(,"type":"function",)" + function_json(call, "") + "}]"));
    for (const auto part : cut(call.arguments, answer.token_bytes, answer.splits_characters)) {
        chunks.push_back(delta(R"("tool_calls":[{"index":)" + number + R"(,"function":{"arguments":)" +
                               json_text(part) + "}}]"));
    }
}

void append_number(std::string& out, std::uint32_t number, int bytes) {
    for (int i = 0; i < bytes; ++i) out += static_cast<char>(number >> (8 * i) & 0xff);
}

}  // namespace

std::vector<std::string> chat_events(const UpstreamAnswer& answer) {
    std::vector<std::string> chunks{delta(R"("role":"assistant","content":"")")};
    for (const auto part : cut(answer.text, answer.token_bytes, answer.splits_characters)) {
        chunks.push_back(delta("\"content\":" + json_text(part)));
    }
    for (std::size_t i = 0; i < answer.calls.size(); ++i) append_call(i, answer.calls[i], answer, chunks);
    if (!answer.finish_reason.empty()) chunks.push_back(delta("", json_text(answer.finish_reason)));
    if (answer.usage) chunks.push_back(chunk("", usage_json(answer.usage)));
    const std::string end = answer.crlf ? "\r\n" : "\n";
    std::vector<std::string> events;
    for (const auto& data : chunks) {
        if (answer.comments) events.push_back(": keep-alive" + end + end);
        events.push_back("data: " + data + end + end);
    }
    return events;
}

std::string chat_body(const UpstreamAnswer& answer) {
    std::string calls;
    for (const auto& call : answer.calls) {
        calls += (calls.empty() ? "" : ",") + (R"({"id":)" + json_text(call.id)) + R"(,"type":"function",)" +
                 function_json(call, call.arguments) + "}";
    }
    const std::string content = answer.text.empty() && !calls.empty() ? "null" : json_text(answer.text);
    return R"({"id":"chatcmpl-1","object":"chat.completion","created":1,"model":"fake","choices":[{"index":0,"message":)"
           R"({"role":"assistant","content":)" +
           content + (calls.empty() ? "" : R"(,"tool_calls":[)" + calls + "]") + R"(},"finish_reason":)" +
           json_text(answer.finish_reason) + "}]" +
           (answer.usage ? R"(,"usage":)" + usage_json(answer.usage) : "") + "}";
}

UpstreamAnswer story_for(const core::ModelRequest& request) {
    UpstreamAnswer answer;
    int tokens = 0;
    std::string_view rest = kStory;
    while (!rest.empty() && tokens < request.max_output_tokens) {
        const std::size_t word = std::min(rest.find(' ', 1), rest.size());
        answer.text += rest.substr(0, word);
        rest.remove_prefix(word);
        ++tokens;
    }
    answer.finish_reason = rest.empty() ? "stop" : "length";
    for (const auto& stop : request.stop) {
        if (const auto at = answer.text.find(stop); at != std::string::npos) {
            answer.text.resize(at);
            answer.finish_reason = "stop";
        }
    }
    std::size_t bytes = 0;
    for (const auto& message : request.messages) bytes += message.text().size();
    answer.usage = core::Usage{.input_tokens = static_cast<int>(bytes / 4) + 1, .output_tokens = tokens};
    answer.token_bytes =
        std::max<std::size_t>(answer.text.size() / static_cast<std::size_t>(std::max(tokens, 1)), 1) + 1;
    return answer;
}

std::string gzipped(std::string_view text) {
    std::string out("\x1f\x8b\x08\0\0\0\0\0\0\xff", 10);
    for (std::string_view rest = text;;) {
        const auto length = static_cast<std::uint32_t>(std::min<std::size_t>(rest.size(), 65'535));
        out += static_cast<char>(length == rest.size() ? 1 : 0);
        append_number(out, length, 2);
        append_number(out, ~length & 0xffffU, 2);
        out += rest.substr(0, length);
        rest.remove_prefix(length);
        if (rest.empty()) break;
    }
    boost::crc_32_type crc;
    crc.process_bytes(text.data(), text.size());
    append_number(out, crc.checksum(), 4);
    append_number(out, static_cast<std::uint32_t>(text.size()), 4);
    return out;
}

}  // namespace boternity::testing
