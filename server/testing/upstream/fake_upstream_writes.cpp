#include "testing/upstream/fake_upstream_writes.hpp"

#include "testing/upstream/wire_text.hpp"

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

std::string framed(const WireEvent& event, const FakeWire& wire, bool crlf) {
    const std::string end = crlf ? "\r\n" : "\n";
    if (wire.lines()) return event.data + end;
    return (event.type.empty() ? "" : "event: " + event.type + end) + "data: " + event.data + end + end;
}

/// What a reader has to step over.
std::string comment(const FakeWire& wire, bool crlf) {
    const std::string end = crlf ? "\r\n" : "\n";
    return wire.lines() ? end : ": keep-alive" + end + end;
}

std::vector<std::string> framed_events(const UpstreamAnswer& answer, const FakeWire& wire) {
    std::vector<std::string> out;
    for (const auto& event : wire.events(answer)) {
        if (answer.comments) out.push_back(comment(wire, answer.crlf));
        out.push_back(framed(event, wire, answer.crlf));
    }
    return out;
}

void append_fault(const UpstreamAnswer& answer, const FakeWire& wire, std::vector<std::string>& writes) {
    const auto append = [&](const WireEvent& event) {
        writes.push_back(chunk_of(framed(event, wire, answer.crlf)));
    };
    if (answer.fault == UpstreamFault::MalformedChunk) append({.data = R"({"choices":[{)"});
    if (answer.fault == UpstreamFault::OversizedEvent) append({.data = std::string(2 << 20, 'x')});
    if (answer.fault == UpstreamFault::ErrorInStream) append(wire.error_event());
}

UpstreamWrites streamed(const UpstreamAnswer& answer, const FakeWire& wire) {
    auto events = framed_events(answer, wire);
    UpstreamHeaders headers{{"Content-Type", wire.lines() ? "application/x-ndjson" : "text/event-stream"},
                            {"Transfer-Encoding", "chunked"}};
    if (answer.gzip || answer.fault == UpstreamFault::TruncatedGzip) {
        std::string all;
        for (const auto& event : events) all += event;
        all = gzipped(all);
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
    append_fault(answer, wire, second);
    if (answer.fault != UpstreamFault::EndWithoutFinish) {
        for (std::size_t i = half; i < events.size(); ++i) second.push_back(chunk_of(events[i]));
    }
    second.push_back("0\r\n\r\n");
    return writes;
}

UpstreamWrites plain(int status, UpstreamHeaders headers, const std::string& body) {
    headers.emplace_back("Content-Length", std::to_string(body.size()));
    return {.before = {head_of(status, headers) + body}};
}

}  // namespace

UpstreamWrites writes_of(const UpstreamAnswer& answer, const FakeWire& wire) {
    if (answer.raw) return {.before = {*answer.raw}, .closes = true};
    if (answer.status != 200 || !answer.body.empty())
        return plain(answer.status, answer.headers, answer.body);
    if (answer.whole)
        return plain(200, {{"Content-Type", "application/json; charset=utf-8"}}, wire.whole(answer));
    return streamed(answer, wire);
}

}  // namespace boternity::testing
