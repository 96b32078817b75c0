// How fast a vendor's streamed answer is read: its framing alone (SSE or lines of JSON), and with the
// decoder. The bytes come in pieces of 16 KiB, which is what libcurl hands over at most. Prints JSON: the
// values of 20 rounds, each of which reads the answer as often as fits.
//
//     wire_bench KIND FILE [SECONDS=1]

#include "infra/llm/vendors.hpp"
#include "infra/net/ndjson_reader.hpp"
#include "infra/net/sse_reader.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace boternity::infra {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kPiece = 16UL * 1024;
constexpr int kRounds = 20;

[[noreturn]] void fail(std::string_view why) {
    fmt::print(stderr, "wire_bench: {}\n", why);
    std::exit(1);
}

/// What one reading found; equal in every round, or what is measured is not what is meant.
struct Found {
    std::size_t events = 0;
    std::size_t text_bytes = 0;
    bool operator==(const Found&) const = default;
};

/// Reads as the server does: each piece's events go to the decoder before the next piece comes. `api` may be
/// null: then the events are only counted.
template <class Reader>
Found read(const RemoteApi* api, std::string_view stream) {
    Reader reader;
    const auto decoder = api != nullptr ? api->decoder("") : nullptr;
    Found found;
    std::vector<SseEvent> events;
    std::vector<core::ReplyPiece> pieces;
    const auto take = [&] {
        found.events += events.size();
        for (const SseEvent& event : events) {
            if (!decoder || decoder->ended()) break;
            if (const auto taken = decoder->take(event, pieces); !taken) fail(taken.error().message);
        }
        for (const core::ReplyPiece& piece : pieces)
            if (const auto* text = std::get_if<core::TextPiece>(&piece))
                found.text_bytes += text->text.size();
        events.clear();
        pieces.clear();
    };
    for (std::size_t at = 0; at < stream.size(); at += kPiece) {
        if (const auto fed = reader.feed(stream.substr(at, kPiece), events); !fed) fail(fed.error().message);
        take();
    }
    if constexpr (requires { reader.finish(events); }) {
        if (const auto done = reader.finish(events); !done) fail(done.error().message);
        take();
    }
    if (decoder && !decoder->ended()) {
        if (const auto done = decoder->finish(pieces); !done) fail(done.error().message);
        take();
    }
    return found;
}

Found read(const RemoteApi& api, bool decode, std::string_view stream) {
    const RemoteApi* decoded = decode ? &api : nullptr;
    return api.traits().framing == Framing::Lines ? read<NdjsonReader>(decoded, stream)
                                                  : read<SseReader>(decoded, stream);
}

void measure(const RemoteApi& api, bool decode, std::string_view stream, std::chrono::duration<double> time) {
    const Found wanted = read(api, decode, stream);
    if (wanted.events == 0 || (decode && wanted.text_bytes == 0)) fail("the answer says nothing");
    std::vector<double> megabytes;
    std::vector<double> nanoseconds;
    for (int round = 0; round < kRounds; ++round) {
        double readings = 0;
        std::chrono::duration<double> took{};
        const auto began = Clock::now();
        do {
            if (read(api, decode, stream) != wanted) fail("two readings of the same answer differ");
            ++readings;
            took = Clock::now() - began;
        } while (took < time / kRounds);
        megabytes.push_back(readings * static_cast<double>(stream.size()) / took.count() / 1e6);
        nanoseconds.push_back(took.count() * 1e9 / readings / static_cast<double>(wanted.events));
    }
    fmt::print("{{\"what\":\"{}\",\"bytes\":{},\"events\":{},\"text_bytes\":{},\"mb_per_second\":[{:.2f}],"
               "\"ns_per_event\":[{:.1f}]}}\n",
               decode ? "decoder" : "framing", stream.size(), wanted.events, wanted.text_bytes,
               fmt::join(megabytes, ","), fmt::join(nanoseconds, ","));
}

}  // namespace
}  // namespace boternity::infra

int main(int count, char** words) {
    using namespace boternity::infra;
    if (count < 3) fail("usage: wire_bench KIND FILE [SECONDS=1]");
    const RemoteApi* api = remote_api(words[1]);
    if (api == nullptr) fail(fmt::format("there is no kind {}", words[1]));
    std::ifstream in(words[2], std::ios::binary);
    if (!in) fail(fmt::format("cannot read {}", words[2]));
    const std::string stream{std::istreambuf_iterator<char>(in), {}};
    const std::chrono::duration<double> time{count > 3 ? std::atof(words[3]) / 2 : 0.5};
    measure(*api, false, stream, time);
    measure(*api, true, stream, time);
    return 0;
}
