#include "testing/fake_upstream_writes.hpp"

#include "testing/fake_chat_answer.hpp"

#include <utility>

namespace boternity::testing {
namespace {

std::string chunk_of(std::string_view bytes) {
    if (bytes.empty()) return {};
    constexpr std::string_view hex = "0123456789abcdef";
    std::string size;
    for (std::size_t rest = bytes.size(); rest > 0; rest /= 16) size.insert(size.begin(), hex[rest % 16]);
    return size + "\r\n" + std::string(bytes) + "\r\n";
}

std::string head_of(int status, const UpstreamHeaders& headers) {
    std::string out = "HTTP/1.1 " + std::to_string(status) + " Answer\r\n";
    for (const auto& [name, value] : headers) out += name + ": " + value + "\r\n";
    return out + "\r\n";
}

void append_fault(UpstreamFault fault, std::string_view end, std::vector<std::string>& writes) {
    const std::string blank = std::string(end) + std::string(end);
    if (fault == UpstreamFault::MalformedChunk) writes.push_back(chunk_of("data: {\"choices\":[{" + blank));
    if (fault == UpstreamFault::OversizedEvent)
        writes.push_back(chunk_of("data: " + std::string(2 << 20, 'x') + blank));
    if (fault == UpstreamFault::ErrorInStream) {
        writes.push_back(
            chunk_of(R"(data: {"error":{"message":"overloaded","type":"server_error"}})" + blank));
    }
}

UpstreamWrites streamed(const UpstreamAnswer& answer) {
    auto events = chat_events(answer);
    const std::string end = answer.crlf ? "\r\n" : "\n";
    UpstreamHeaders headers{{"Content-Type", "text/event-stream"}, {"Transfer-Encoding", "chunked"}};
    if (answer.gzip || answer.fault == UpstreamFault::TruncatedGzip) {
        std::string all;
        for (const auto& event : events) all += event;
        all = gzipped(all + "data: [DONE]" + end + end);
        if (answer.fault == UpstreamFault::TruncatedGzip) all.resize(all.size() * 2 / 3);
        headers.emplace_back("Content-Encoding", "gzip");
        return {.before = {head_of(200, headers), chunk_of(all), "0\r\n\r\n"}};
    }
    const std::size_t half = events.size() / 2;
    UpstreamWrites writes{.before = {head_of(200, headers)}};
    if (answer.hold == LlmHold::BeforeHeaders) writes = {};
    auto& second = answer.hold == LlmHold::Never ? writes.before : writes.after;
    auto& first = answer.hold == LlmHold::InMidStream ? writes.before : second;
    if (answer.hold == LlmHold::BeforeHeaders) second.push_back(head_of(200, headers));
    for (std::size_t i = 0; i < half; ++i) first.push_back(chunk_of(events[i]));
    writes.closes = answer.fault == UpstreamFault::CutInMidStream;
    if (writes.closes) return writes;
    append_fault(answer.fault, end, second);
    if (answer.fault != UpstreamFault::EndWithoutFinish) {
        for (std::size_t i = half; i < events.size(); ++i) second.push_back(chunk_of(events[i]));
        second.push_back(chunk_of("data: [DONE]" + end + end));
    }
    second.push_back("0\r\n\r\n");
    return writes;
}

UpstreamWrites plain(int status, UpstreamHeaders headers, const std::string& body) {
    headers.emplace_back("Content-Length", std::to_string(body.size()));
    return {.before = {head_of(status, headers) + body}};
}

}  // namespace

UpstreamWrites writes_of(const UpstreamAnswer& answer) {
    if (answer.raw) return {.before = {*answer.raw}, .closes = true};
    if (answer.status != 200 || !answer.body.empty())
        return plain(answer.status, answer.headers, answer.body);
    if (answer.whole)
        return plain(200, {{"Content-Type", "application/json; charset=utf-8"}}, chat_body(answer));
    return streamed(answer);
}

}  // namespace boternity::testing
