#pragma once

#include "types/result.hpp"

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace boternity::infra {

struct SseEvent {
    std::string type{};  ///< "message" when the stream names none
    std::string data{};
    std::string id{};  ///< of this event or the last one before it that had one
    bool operator==(const SseEvent&) const = default;
};

/// Reads server-sent events (WHATWG HTML, section 9.2.6) from bytes that arrive in any pieces. No I/O.
///
/// Bound    an event (and a line) of more than `max_event_bytes` is TooLarge; the reader is of no use
/// afterwards. Threads  one.
class SseReader {
public:
    explicit SseReader(std::size_t max_event_bytes = 1024 * 1024) : limit_(max_event_bytes) {}

    /// Takes bytes and appends the events that they complete. What comes before an error is appended.
    Status feed(std::string_view bytes, std::vector<SseEvent>& events);

    /// What a reconnect would send as Last-Event-ID; empty when there is none.
    const std::string& last_id() const noexcept { return last_id_; }

    /// How long the stream asks to wait before a reconnect.
    std::optional<std::chrono::milliseconds> retry() const noexcept { return retry_; }

    /// True when bytes came that no blank line has finished: at the end of a body they are to be thrown away.
    bool unfinished() const noexcept { return !line_.empty() || has_data_ || !type_.empty(); }

private:
    void end_line(std::vector<SseEvent>& events);
    void take_field(std::string_view name, std::string_view value);
    void dispatch(std::vector<SseEvent>& events);

    std::size_t limit_;
    std::string line_;
    std::string type_;
    std::string data_;
    std::string last_id_;
    std::optional<std::chrono::milliseconds> retry_;
    bool has_data_ = false;
    bool first_line_ = true;
    bool after_cr_ = false;  ///< a LF that comes now belongs to the CR before it
};

}  // namespace boternity::infra
