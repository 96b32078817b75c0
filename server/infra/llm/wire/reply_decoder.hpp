#pragma once

#include "core/llm/model.hpp"
#include "infra/net/sse_reader.hpp"
#include "types/result.hpp"

#include <string_view>
#include <vector>

namespace boternity::infra {

/// Turns one streamed answer into pieces, as its events come. No I/O, no vendor's name above it.
///
/// Threads  one.
class ReplyDecoder {
public:
    virtual ~ReplyDecoder() = default;

    /// Appends the pieces of one event (of a line of JSON: an event of no type); a ReplyEnd when it was the
    /// last. After an error the decoder is of no use.
    virtual Status take(const SseEvent& event, std::vector<core::ReplyPiece>& pieces) = 0;

    /// The same for an answer that came as one JSON object, from a server that ignored that a stream was
    /// wanted.
    virtual Status take_whole(std::string_view body, std::vector<core::ReplyPiece>& pieces) = 0;

    /// The body has ended: appends the ReplyEnd if the answer is whole, else UpstreamFailed.
    virtual Status finish(std::vector<core::ReplyPiece>& pieces) = 0;

    /// True once the reason to stop was read, even when the stream's own end is missing.
    virtual bool whole() const noexcept = 0;

    /// True when the ReplyEnd was given out.
    virtual bool ended() const noexcept = 0;
};

}  // namespace boternity::infra
