#pragma once

#include "core/llm/model.hpp"
#include "core/llm/provider.hpp"
#include "testing/llm_conformance.hpp"

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace boternity::testing {

using UpstreamHeaders = std::vector<std::pair<std::string, std::string>>;

/// How an answer goes wrong on the wire.
enum class UpstreamFault {
    None,
    CutInMidStream,    ///< half of the events, then the connection is closed without the end of the body
    EndWithoutFinish,  ///< half of the events, then the body ends
    MalformedChunk,    ///< half of the events, one that is no JSON, then the rest
    OversizedEvent,    ///< half of the events, then one of 2 MiB
    ErrorInStream,     ///< half of the events, then an error object
    TruncatedGzip,     ///< the whole body compressed, its last third missing, the body's end in place
};

/// One answer to a request for one, or, with `status` or `raw`, anything else.
struct UpstreamAnswer {
    std::vector<core::ReasoningPart> reasoning{};  ///< before the text; states are made by the wire
    std::string text{};
    std::vector<core::ToolCall> calls{};
    core::StopReason stop = core::StopReason::Stop;
    bool unfinished = false;  ///< no reason to stop is told, although the stream ends as it should
    std::string why{};        ///< of a refusal, where the format has a place for it
    std::optional<core::Usage> usage{};

    // How it is said.
    std::size_t token_bytes = 4;         ///< of text (and of arguments) in one event
    std::size_t write_bytes = 0;         ///< what is written at once; 0: each event by itself
    std::chrono::milliseconds pause{0};  ///< before each event
    bool splits_characters = false;      ///< events end inside of characters
    bool crlf = false;
    bool comments = false;
    bool whole = false;  ///< application/json, as a server that ignores `stream`
    bool gzip = false;

    UpstreamFault fault = UpstreamFault::None;
    LlmHold hold = LlmHold::Never;

    // Instead of all that: an answer of this status, or bytes written as they are, after which the connection
    // is closed (or held, with `hold` InMidStream).
    int status = 200;
    UpstreamHeaders headers{};
    std::string body{};
    std::optional<std::string> raw{};

    static UpstreamAnswer says(std::string text);
    static UpstreamAnswer error(int status, std::string body, UpstreamHeaders headers = {});
    static UpstreamAnswer written(std::string raw);
};

struct UpstreamRequest {
    std::string method{};
    std::string target{};
    UpstreamHeaders headers{};
    std::string body{};

    std::string_view header(std::string_view name) const noexcept;  ///< case-insensitive
};

struct UpstreamRules {
    std::string key{};                      ///< expected where the wire wants it; empty: none may come
    std::vector<std::string> secrets{};     ///< texts that may be in no body
    int window_tokens = 128'000;            ///< body and limit; more is refused as too long
    std::vector<core::ToldModel> models{};  ///< that it says it has
    bool checks = true;                     ///< false: any request is fine, for tests of plain HTTP
};

class FakeWire;

/// Chat Completions.
const FakeWire& chat_wire();
/// OpenAI's Responses.
const FakeWire& responses_wire();
/// Anthropic's Messages.
const FakeWire& anthropic_wire();
/// Gemini's generateContent.
const FakeWire& google_wire();
/// Ollama's own chat.
const FakeWire& ollama_wire();

/// A server on a port of its own that speaks one vendor's format and checks what it is asked.
///
/// Answers come in the order of the script; without one the model speaks by itself (a story in words, one a
/// token, within max_tokens and up to a stop string). A request that breaks the protocol is answered with 400
/// and noted in `violations`, so that every test guards the protocol.
///
/// Lifetime  its thread ends in the destructor; connections are closed then.
/// Threads   any.
class FakeUpstream {
public:
    explicit FakeUpstream(UpstreamRules rules = {}, const FakeWire& wire = chat_wire());
    ~FakeUpstream();
    FakeUpstream(const FakeUpstream&) = delete;
    FakeUpstream& operator=(const FakeUpstream&) = delete;

    std::string origin() const;  ///< http://127.0.0.1:PORT
    std::string base_url() const;
    const FakeWire& wire() const;

    void answer(UpstreamAnswer next);
    /// What is answered when the script is empty, instead of the story.
    void otherwise(UpstreamAnswer always);

    std::vector<UpstreamRequest> requests() const;
    /// The last request for an answer, in our words.
    core::ModelRequest heard() const;
    std::vector<std::string> violations() const;
    int connections() const;            ///< that were accepted so far
    std::size_t bytes_written() const;  ///< to all clients so far

    /// Blocks until one more held answer has begun to stand still / was left by its client.
    bool wait_held(std::chrono::milliseconds wait = std::chrono::seconds(10));
    bool wait_given_up(std::chrono::milliseconds wait = std::chrono::seconds(10));

private:
    struct Server;
    std::unique_ptr<Server> server_;
};

}  // namespace boternity::testing
