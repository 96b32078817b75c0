#pragma once

#include "infra/net/sse_reader.hpp"
#include "types/result.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace boternity::infra {

/// Reads newline-delimited JSON (application/x-ndjson) from bytes that arrive in any pieces. Each line that
/// is not blank is an event without a type. No I/O.
///
/// Bound    a line of more than `max_line_bytes` is TooLarge; the reader is of no use afterwards.
/// Threads  one.
class NdjsonReader {
public:
    explicit NdjsonReader(std::size_t max_line_bytes = 1024 * 1024) : limit_(max_line_bytes) {}

    /// Takes bytes and appends the lines that they complete. What comes before an error is appended.
    Status feed(std::string_view bytes, std::vector<SseEvent>& lines);

    /// The body has ended: a last line needs no newline.
    Status finish(std::vector<SseEvent>& lines);

private:
    void end_line(std::vector<SseEvent>& lines);

    std::size_t limit_;
    std::string line_;
    bool first_line_ = true;
};

}  // namespace boternity::infra
